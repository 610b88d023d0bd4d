"""The staff's part of the OpenAPI document: method, path, name, summary, status, body and answer."""

from __future__ import annotations

from pydantic import BaseModel

from inference_api.loop_bodies import (
    DatasetBody,
    DatasetsBody,
    DifferenceBody,
    ImagesBody,
    JobBody,
    JobLinesBody,
    JobsBody,
    NewDatasetBody,
    NewJobBody,
    ReceiptBody,
)

READ: list[type[BaseModel]] = [NewDatasetBody, NewJobBody]
WRITTEN: list[type[BaseModel]] = [
    DatasetBody,
    DatasetsBody,
    DifferenceBody,
    ImagesBody,
    JobBody,
    JobLinesBody,
    JobsBody,
    ReceiptBody,
]
Line = tuple[str, str, str, str, int, type[BaseModel] | str | None, type[BaseModel] | str | None]
LINES: tuple[Line, ...] = (
    ("get", "/v1/datasets", "listDatasets", "Every snapshot, the newest first.", 200, None, DatasetsBody),
    ("post", "/v1/datasets", "createDataset", "Freeze the inbox.", 201, NewDatasetBody, DatasetBody),
    ("get", "/v1/datasets/{name}/images", "listImages", "The photos of a dataset.", 200, None, ImagesBody),
    ("get", "/v1/datasets/{name}/export", "exportDataset", "Take it along.", 200, None, "application/zip"),
    (
        "post",
        "/v1/datasets/{name}/import",
        "importDataset",
        "A snapshot out of a zip.",
        201,
        "application/zip",
        DatasetBody,
    ),
    (
        "get",
        "/v1/datasets/{old}/difference/{new}",
        "compareDatasets",
        "From one snapshot to another.",
        200,
        None,
        DifferenceBody,
    ),
    ("delete", "/v1/images/{photo_id}", "removeImage", "Keep a photo out of what comes.", 204, None, None),
    ("put", "/v1/images/{photo_id}", "restoreImage", "Let a removed photo in again.", 204, None, None),
    ("get", "/v1/photos/{link}", "getPhoto", "The photo a link was made for.", 200, None, "image/jpeg"),
    (
        "get",
        "/v1/predictions/{prediction_id}/receipt",
        "getReceipt",
        "What became of one's own correction.",
        200,
        None,
        ReceiptBody,
    ),
    ("get", "/v1/jobs", "listJobs", "The last jobs.", 200, None, JobsBody),
    ("post", "/v1/jobs", "createJob", "Order a training or an inspection.", 202, NewJobBody, JobBody),
    ("get", "/v1/jobs/{job_id}", "getJob", "How it stands.", 200, None, JobBody),
    ("get", "/v1/jobs/{job_id}/lines", "getJobLines", "What it said.", 200, None, JobLinesBody),
    ("post", "/v1/jobs/{job_id}/cancel", "cancelJob", "Stop it.", 202, None, JobBody),
    ("post", "/v1/jobs/{job_id}/retry", "retryJob", "Let it try again.", 202, None, JobBody),
)
