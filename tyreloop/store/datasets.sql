-- name: inbox
-- Reviewed photos whose label no snapshot holds yet.
SELECT photo_id, label, look_group, kinds FROM untrained ORDER BY reviewed_at, photo_id LIMIT :at_most;

-- name: reviewed_photos
-- All reviewed photos with the label that stands, without those that somebody took out.
SELECT photo_id, label, look_group, kinds FROM standing_labels
WHERE NOT EXISTS (SELECT FROM dataset_removals WHERE dataset_removals.photo_id = standing_labels.photo_id)
ORDER BY reviewed_at, photo_id;

-- name: photos_left_out^
-- Reviewed photos that neither a snapshot nor the inbox holds, by the reason.
WITH newest AS (
    SELECT DISTINCT ON (predictions.photo_id) predictions.photo_id, reviews.label, photos.state
    FROM reviews JOIN predictions ON predictions.id = reviews.prediction_id
    JOIN photos ON photos.id = predictions.photo_id
    WHERE reviews.undone_at IS NULL AND NOT predictions.is_demo
    ORDER BY predictions.photo_id, reviews.reviewed_at DESC, reviews.id DESC
), alone AS (
    SELECT newest.*, EXISTS (SELECT FROM dataset_removals AS taken WHERE taken.photo_id = newest.photo_id) AS is_taken
    FROM newest
    WHERE NOT EXISTS (SELECT FROM dataset_items WHERE dataset_items.photo_id = newest.photo_id)
      AND NOT EXISTS (SELECT FROM untrained WHERE untrained.photo_id = newest.photo_id)
)
SELECT count(*) FILTER (WHERE state <> 'gone' AND NOT is_taken) AS unknown,
       count(*) FILTER (WHERE state <> 'gone' AND is_taken) AS removed,
       count(*) FILTER (WHERE state = 'gone') AS gone
FROM alone;

-- name: looks
-- What photos look like that have a group.
SELECT fingerprint, look_group FROM photos WHERE look_group IS NOT NULL AND fingerprint IS NOT NULL;

-- name: keep_look!
-- Remember what a photo looks like and which group it belongs to; a group once given stays.
UPDATE photos SET fingerprint = :fingerprint, look_group = coalesce(look_group, :look_group) WHERE id = :photo_id;

-- name: take_turns_at_freezing!
-- One freeze at a time: each sees the whole of the one before.
SELECT pg_advisory_xact_lock(hashtext('freeze dataset'));

-- name: newest_snapshot^
-- The last snapshot frozen from the inbox or from another.
SELECT name, content_hash FROM datasets WHERE frozen_at IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: add_snapshot$
-- A snapshot's head; a name is given once.
INSERT INTO datasets (name, parent_id, content_hash, created_by, created_at, frozen_at, is_imported)
VALUES (:name, (SELECT id FROM datasets AS p WHERE p.name = :parent), :content_hash, :created_by, :frozen_at, :frozen_at, :is_imported)
ON CONFLICT (name) DO NOTHING
RETURNING id;

-- name: add_snapshot_items!
-- A snapshot's photos, all at once.
INSERT INTO dataset_items (dataset_id, item_hash, photo_id, label, part, added_at, kinds)
SELECT CAST(:dataset_id AS bigint), given.item_hash, photos.id, given.label, given.part,
       CAST(:frozen_at AS timestamptz), string_to_array(given.kinds, ';')
FROM unnest(CAST(:hashes AS text[]), CAST(:photos AS text[]), CAST(:labels AS text[]), CAST(:parts AS text[]),
            CAST(:kinds AS text[]))
    AS given (item_hash, photo_id, label, part, kinds)
LEFT JOIN photos ON photos.id = given.photo_id;

-- name: all_snapshots
-- Every snapshot with its counts, the newest first.
SELECT datasets.name, parents.name AS parent, datasets.content_hash, datasets.created_by, datasets.frozen_at,
       coalesce(counted.counts, '{}') AS counts
FROM datasets LEFT JOIN datasets AS parents ON parents.id = datasets.parent_id
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(key, photos) AS counts FROM (
        SELECT part || ' ' || label AS key, count(*) AS photos FROM dataset_items
        WHERE dataset_items.dataset_id = datasets.id GROUP BY 1
    ) AS parts
) AS counted ON true
WHERE datasets.frozen_at IS NOT NULL ORDER BY datasets.id DESC;

-- name: get_snapshot^
-- A snapshot's head.
SELECT datasets.id, datasets.name, parents.name AS parent, datasets.created_by, datasets.frozen_at
FROM datasets LEFT JOIN datasets AS parents ON parents.id = datasets.parent_id
WHERE datasets.name = :name AND datasets.frozen_at IS NOT NULL;

-- name: snapshot_items
-- A snapshot's photos.
SELECT item_hash, label, part, photo_id, look_group, kinds FROM dataset_items LEFT JOIN photos ON photos.id = photo_id
WHERE dataset_id = :dataset_id ORDER BY item_hash;

-- name: photos_at_places
-- Which photos are at these places of any snapshot.
SELECT DISTINCT places.item_hash, places.photo_id FROM datasets CROSS JOIN LATERAL (
    SELECT item_hash, photo_id FROM dataset_items
    WHERE dataset_items.dataset_id = datasets.id AND item_hash = ANY(:places) AND photo_id IS NOT NULL
) AS places;

-- name: remove_photo!
-- Take a photo out of the snapshots to come.
INSERT INTO dataset_removals (photo_id, removed_by, removed_at)
SELECT id, :removed_by, :removed_at FROM photos WHERE id = :photo_id
ON CONFLICT (photo_id) DO NOTHING;

-- name: get_removal^
-- Who removed a photo, and when.
SELECT photo_id, removed_by, removed_at FROM dataset_removals WHERE photo_id = :photo_id;

-- name: all_removals
-- Removed photos, the latest first.
SELECT photo_id, removed_by, removed_at FROM dataset_removals ORDER BY removed_at DESC, photo_id;

-- name: restore_photo!
-- Let a removed photo into the snapshots to come again.
DELETE FROM dataset_removals WHERE photo_id = :photo_id;

-- name: add_imported_photo!
-- A photo that came with an imported dataset; one that is kept already stays as it is.
INSERT INTO photos (id, byte_count, uploaded_at, state, fingerprint, look_group)
VALUES (:id, :byte_count, :at, 'awaited', :fingerprint, :look_group)
ON CONFLICT (id) DO UPDATE
SET state = CASE photos.state WHEN 'kept' THEN 'kept' ELSE 'awaited' END,
    fingerprint = coalesce(photos.fingerprint, excluded.fingerprint),
    look_group = coalesce(photos.look_group, excluded.look_group);
