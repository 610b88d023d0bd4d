"""Photos and datasets as files: in a folder, in S3, in a zip."""
