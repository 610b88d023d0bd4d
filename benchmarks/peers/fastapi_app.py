"""FastAPI with onnxruntime: a plain `def` route, the session at its defaults."""

import os
from io import BytesIO

import numpy as np
import onnxruntime as ort
from fastapi import FastAPI, UploadFile
from PIL import Image

session = ort.InferenceSession(os.environ["WEIGHTS"] + "/float.onnx")
app = FastAPI()


@app.post("/predict")
def predict(file: UploadFile) -> dict[str, list[float]]:
    picture = Image.open(BytesIO(file.file.read())).convert("RGB").resize((224, 224), Image.BILINEAR)
    values = np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255
    return {"logits": session.run(None, {"input": values})[0][0].tolist()}
