"""The original's way: Flask's development server, eager torch, the registry asked for every photo."""

import os
import sys
from io import BytesIO

import numpy as np
import torch
from flask import Flask, request
from mlflow import MlflowClient
from PIL import Image

app = Flask(__name__)
client = MlflowClient(os.environ["REGISTRY"], os.environ["REGISTRY"])
model = torch.jit.load(os.environ["WEIGHTS"] + "/scripted.pt").eval()


@app.post("/predict")
def predict():
    client.search_model_versions("name = 'tyre-defect'")
    picture = Image.open(BytesIO(request.files["file"].read())).convert("RGB").resize((224, 224))
    values = torch.from_numpy(np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255)
    with torch.no_grad():
        return {"logits": model(values)[0].tolist()}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
