"""Where models are made: drawn tyres, datasets, training, calibration, the exam and the bundle."""
