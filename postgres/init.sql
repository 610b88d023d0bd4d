-- The databases of the product, of MLflow and for drills, each with its owner: run by the postgres image when its volume is still
-- empty, and by hand where a volume is of before (docs/deployment.md); safe to run again.
-- Tables come later, from `tyreloop migrate` and from MLflow itself.

\set ON_ERROR_STOP on
SET client_min_messages TO warning;
\getenv product_db PRODUCT_DB
\getenv product_user PRODUCT_USER
\getenv product_password PRODUCT_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD
\getenv tz TZ

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['tyreloop_owner', 'tyreloop_tasks', 'mlflow', :'product_user']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- The owner cannot log in. Who migrates becomes it by connecting, and has no other right.
ALTER ROLE tyreloop_owner NOLOGIN CREATEROLE;
ALTER ROLE :"product_user" LOGIN NOCREATEROLE NOINHERIT PASSWORD :'product_password';
GRANT tyreloop_owner TO :"product_user";
ALTER ROLE :"product_user" SET role = tyreloop_owner;
SELECT format('GRANT %I TO tyreloop_owner WITH ADMIN OPTION', rolname) FROM pg_roles
WHERE rolname ~ '^(tyreloop_|grafana_reader$)' AND rolname NOT IN ('tyreloop_owner', :'product_user') \gexec
-- What runs on a schedule reads everything, for it makes the backups.
GRANT pg_read_all_data TO tyreloop_tasks;

ALTER ROLE mlflow LOGIN PASSWORD :'mlflow_password';

SELECT format('CREATE DATABASE %I', name) FROM unnest(ARRAY[:'product_db', 'tyreloop_drill', 'mlflow']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
ALTER DATABASE mlflow OWNER TO mlflow;
REVOKE CONNECT, TEMPORARY ON DATABASE mlflow FROM PUBLIC;
GRANT CONNECT ON DATABASE mlflow TO tyreloop_tasks, :"product_user";
-- A restore brings both databases back: in this one whoever migrates acts as MLflow, so that it is MLflow's own.
GRANT mlflow TO :"product_user";
ALTER ROLE :"product_user" IN DATABASE mlflow SET role = mlflow;

-- Each backup is restored into this one, to prove it, and taken out again.
ALTER DATABASE tyreloop_drill OWNER TO tyreloop_tasks;
REVOKE CONNECT, TEMPORARY ON DATABASE tyreloop_drill FROM PUBLIC;

ALTER DATABASE :"product_db" OWNER TO tyreloop_owner;
ALTER DATABASE :"product_db" SET timezone TO :'tz';
\connect :"product_db"
REASSIGN OWNED BY :"product_user" TO tyreloop_owner;
