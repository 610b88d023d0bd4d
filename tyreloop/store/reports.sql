-- name: add_report$
-- Keep a report whose answers are all its visitor's, unless they have too many open links; answers whether it is kept.
WITH mine AS (
    SELECT id FROM predictions WHERE id = ANY(CAST(:predictions AS uuid[])) AND visitor = :visitor FOR KEY SHARE
), kept AS (
    INSERT INTO reports (id, secret_hash, visitor, predictions, language, models, made_at, expires_at)
    SELECT :id, :secret_hash, :visitor, CAST(:predictions AS uuid[]), :language, :models, :made_at, :expires_at
    WHERE (SELECT count(*) FROM mine) = cardinality(CAST(:predictions AS uuid[]))
        AND (SELECT count(*) FROM reports WHERE visitor = :visitor AND expires_at > :made_at) < :most
    RETURNING id
)
SELECT CASE WHEN EXISTS (SELECT FROM kept) THEN 'kept'
    WHEN (SELECT count(*) FROM mine) < cardinality(CAST(:predictions AS uuid[])) THEN 'foreign'
    ELSE 'too_many' END;

-- name: find_report^
-- The report that a link opens at that moment.
SELECT id, visitor, predictions::text[] AS predictions, language, models, made_at, expires_at FROM reports
WHERE secret_hash = :secret_hash AND expires_at > :at;

-- name: reports_of_visitor
-- Whose links are open, the newest first.
SELECT id, visitor, predictions::text[] AS predictions, language, models, made_at, expires_at FROM reports
WHERE visitor = :visitor AND expires_at > :at
ORDER BY made_at DESC;

-- name: take_report_back^
-- End a link of a visitor's own.
DELETE FROM reports WHERE id = :id AND visitor = :visitor RETURNING id;
