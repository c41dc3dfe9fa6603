"""Settings that must be in place before Rasa or TensorFlow is imported."""

from __future__ import annotations

import importlib
import logging
import os
import warnings

from nlu.rasa.inputs import MODELS


def quiet_rasa(level: int = logging.ERROR) -> None:
    """Switch telemetry and caches off and keep messages out of every log.

    Rasa prints each message it reads at debug through structlog, whatever the standard loggers say; the filter has
    to be there before its modules take their loggers.

    Args:
        level: What the libraries may still log.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    # a model is trained once for each state of its inputs; a cache beside it would only grow
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    # TensorFlow and pkg_resources put their own filters back while they are imported
    warnings.showwarning = lambda *_args, **_kwargs: None

    structlog = importlib.import_module("structlog")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    for name in ("rasa", "tensorflow", "matplotlib", "asyncio"):
        logging.getLogger(name).setLevel(level)
    jieba = importlib.import_module("jieba")
    jieba.setLogLevel(level)
    # its word list is cached with marshal: never in a folder that others can write to
    MODELS.mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(MODELS)
