"""BentoML with onnxruntime, one worker a core."""

import os

import bentoml
import numpy as np
import onnxruntime as ort
from PIL import Image as Pictures
from PIL.Image import Image


@bentoml.service(workers="cpu_count")
class Tyre:
    def __init__(self) -> None:
        self.session = ort.InferenceSession(os.environ["WEIGHTS"] + "/float.onnx")

    @bentoml.api(route="/predict")
    def predict(self, file: Image) -> list[float]:
        picture = file.convert("RGB").resize((224, 224), Pictures.BILINEAR)
        values = np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255
        return self.session.run(None, {"input": values})[0][0].tolist()
