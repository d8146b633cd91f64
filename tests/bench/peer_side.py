"""The peer's side of the models, run by an older Python: each line of JSON asks, each line of JSON answers.

Seconds are those of the library's own call; files hold the arrays x, last, age and mean_value.
"""

import json
import sys
import time
from typing import Any

import lifetimes
import numpy as np
import pandas as pd

FITTERS = {"bg": lifetimes.BetaGeoFitter, "mbg": lifetimes.ModifiedBetaGeoFitter}


def fit(question: Any, data: Any) -> Any:
    """The fitted parameters in the order r, alpha, a, b."""
    fitter = FITTERS[question["model"]]()
    start = time.perf_counter()
    fitter.fit(data["x"], data["last"], data["age"])
    return {"seconds": time.perf_counter() - start, "parameters": list(map(float, fitter.params_))}


def value(question: Any, data: Any) -> Any:
    """Twelve steps of thirty days, discounted by the month."""
    fitter, spend = FITTERS[question["model"]](), lifetimes.GammaGammaFitter()
    fitter.params_ = pd.Series(question["parameters"], index=["r", "alpha", "a", "b"])
    fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    spend.params_ = pd.Series(question["spend"], index=["p", "q", "v"])
    columns = [pd.Series(data[name]) for name in ("x", "last", "age", "mean_value")]
    start = time.perf_counter()
    found = spend.customer_lifetime_value(
        fitter, *columns, time=question["steps"], discount_rate=question["rate"], freq="D"
    )
    seconds = time.perf_counter() - start
    np.save(question["answer"], found.to_numpy())
    return {"seconds": seconds}


def main() -> None:
    for line in sys.stdin:
        question = json.loads(line)
        answer = {"fit": fit, "value": value}[question["ask"]](question, np.load(question["data"]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
