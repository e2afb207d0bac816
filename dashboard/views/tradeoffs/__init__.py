"""Trade-offs: what does a smaller or faster model cost, in accuracy, calibration, robustness and bias?"""
