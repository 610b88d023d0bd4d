"""A pyfunc model for `mlflow models serve`: base64 photos in, logits out; run it to write the model."""

import base64
import sys
from io import BytesIO

import mlflow
import numpy as np
import onnxruntime as ort
from PIL import Image


class Tyre(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.session = ort.InferenceSession(context.artifacts["graph"])

    def predict(self, context, model_input, params=None):
        return [self._one(photo) for photo in model_input["photo"]]

    def _one(self, photo):
        picture = (
            Image.open(BytesIO(base64.b64decode(photo))).convert("RGB").resize((224, 224), Image.BILINEAR)
        )
        values = np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255
        return self.session.run(None, {"input": values})[0][0].tolist()


if __name__ == "__main__":
    weights, folder = sys.argv[1:]
    mlflow.pyfunc.save_model(
        folder,
        python_model=Tyre(),
        artifacts={"graph": f"{weights}/float.onnx"},
        pip_requirements=["mlflow", "onnxruntime", "pillow"],
    )
