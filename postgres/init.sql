-- Run once by the postgres image, when its volume is still empty: the databases of the product, of MLflow and for drills, each with its owner.
-- Tables come later, from `tyreloop migrate` and from MLflow itself.

\getenv product_db PRODUCT_DB
\getenv product_user PRODUCT_USER
\getenv product_password PRODUCT_PASSWORD
\getenv mlflow_password MLFLOW_DB_PASSWORD
\getenv tz TZ

CREATE ROLE :"product_user" LOGIN CREATEROLE PASSWORD :'product_password';
CREATE DATABASE :"product_db" OWNER :"product_user";
ALTER DATABASE :"product_db" SET timezone TO :'tz';

-- Each backup is restored into this one, to prove it, and taken out again.
CREATE DATABASE tyreloop_drill OWNER :"product_user";
REVOKE CONNECT, TEMPORARY ON DATABASE tyreloop_drill FROM PUBLIC;

CREATE ROLE mlflow LOGIN PASSWORD :'mlflow_password';
CREATE DATABASE mlflow OWNER mlflow;
REVOKE CONNECT, TEMPORARY ON DATABASE mlflow FROM PUBLIC;
-- Backups hold both databases: there the product's owner acts as MLflow, so that what it restores is MLflow's own.
GRANT mlflow TO :"product_user";
ALTER ROLE :"product_user" IN DATABASE mlflow SET role = mlflow;
