"""Settings that must be in place before Rasa or TensorFlow is imported."""

from __future__ import annotations

import logging
import os
import warnings


def quiet_rasa(level: int = logging.ERROR) -> None:
    """Switch telemetry off and keep messages out of every log.

    Rasa prints each message it reads at debug through structlog, whatever the standard loggers say; the filter has to be
    there before its modules take their loggers.

    Args:
        level: What the libraries may still log.
    """
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    warnings.filterwarnings("ignore")

    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(level))
    for name in ("rasa", "tensorflow", "jieba", "matplotlib", "asyncio"):
        logging.getLogger(name).setLevel(level)
