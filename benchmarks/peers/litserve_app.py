"""LitServe with onnxruntime, one worker a core."""

import os
import sys

import litserve
import numpy as np
import onnxruntime as ort
from PIL import Image


class TyreApi(litserve.LitAPI):
    def setup(self, device: str) -> None:
        self.session = ort.InferenceSession(os.environ["WEIGHTS"] + "/float.onnx")

    def decode_request(self, request):
        picture = Image.open(request["file"].file).convert("RGB").resize((224, 224), Image.BILINEAR)
        return np.asarray(picture, np.float32).transpose(2, 0, 1)[None] / 255

    def predict(self, values):
        return self.session.run(None, {"input": values})[0][0]

    def encode_response(self, logits):
        return {"logits": logits.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(TyreApi(), accelerator="cpu", workers_per_device=os.cpu_count())
    server.run(port=int(sys.argv[1]), host="127.0.0.1", generate_client_file=False, log_level="warning")
