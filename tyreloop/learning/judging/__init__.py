"""What a model is worth: scores, calibration, evaluation and the exam."""
