-- Sets the time zone of the database one is connected to, whatever it is called: from the variable TZ, else Seoul.
-- psql -f postgres/timezone.sql; safe to run at any time. It holds for connections made afterwards.

\getenv zone TZ
\if :{?zone}
\else
    \set zone 'Asia/Seoul'
\endif
SELECT current_database() AS this_database \gset
ALTER DATABASE :"this_database" SET timezone TO :'zone';
