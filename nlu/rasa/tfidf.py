"""A Rasa featurizer that weighs the pieces of words by how telling they are (TF-IDF).

Rasa's own CountVectorsFeaturizer only counts them. On the held-back set the weights are worth some points of accuracy;
docs/nlu-intents.md has the figures.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# imported by name: the app's environment, in which types are checked, has neither
_numpy: Any = importlib.import_module("numpy")
_sklearn_text: Any = importlib.import_module("sklearn.feature_extraction.text")

VOCABULARY = "vocabulary.json"
WEIGHTS = "weights.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class TfidfFeaturizer(SparseFeaturizer, GraphComponent):  # type: ignore[misc]
    """Gives a message one row of weighted character pieces, taken within its words."""

    @classmethod
    def required_components(cls) -> list[type]:
        """It reads tokens."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Name what is imported beyond Rasa."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the settings.

        `scale` multiplies the row: the classifier behind has a fixed strength of regularisation, and a row of length
        s is the same to it as a row of length 1 with C = s².
        """
        return {**SparseFeaturizer.get_default_config(), "min_ngram": 1, "max_ngram": 4, "min_df": 1, "scale": 3.16}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Refuse settings that make no sense.

        Raises:
            InvalidConfigException: The lengths are not in order, or the scale is not positive.
        """
        if not 1 <= config["min_ngram"] <= config["max_ngram"] or config["scale"] <= 0:
            raise InvalidConfigException("TfidfFeaturizer needs 1 <= min_ngram <= max_ngram and a scale above 0.")

    def __init__(self, config: dict[str, Any], name: str, storage: ModelStorage, resource: Resource) -> None:
        """Make an empty featurizer; `train` or `load` fills it."""
        super().__init__(name, config)
        self._storage = storage
        self._resource = resource
        self._scale = float(config["scale"])
        self._vectorizer = _sklearn_text.TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(config["min_ngram"], config["max_ngram"]),
            min_df=config["min_df"],
            sublinear_tf=True,
        )

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TfidfFeaturizer:
        """Make an untrained one, for Rasa's graph."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> TfidfFeaturizer:
        """Read a trained one from the model: plain JSON, nothing that could run code."""
        made = cls(config, execution_context.node_name, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._vectorizer.vocabulary_ = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
            made._vectorizer.idf_ = _numpy.array(json.loads((folder / WEIGHTS).read_text(encoding="utf-8")))
        return made

    def train(self, training_data: TrainingData) -> Resource:
        """Learn which pieces there are and how rare each is."""
        texts = [_words(message) for message in training_data.training_examples if message.get(TEXT)]
        self._vectorizer.fit(texts)
        with self._storage.write_to(self._resource) as folder:
            pieces = {piece: int(at) for piece, at in self._vectorizer.vocabulary_.items()}
            (folder / VOCABULARY).write_text(json.dumps(pieces, ensure_ascii=False), encoding="utf-8")
            (folder / WEIGHTS).write_text(json.dumps(self._vectorizer.idf_.tolist()), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Give every training message its features."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Give every message its features."""
        with_text = [message for message in messages if message.get(TEXT)]
        if with_text:
            rows = self._vectorizer.transform([_words(message) for message in with_text]) * self._scale
            for at, message in enumerate(with_text):
                message.add_features(Features(rows[at].tocoo(), FEATURE_TYPE_SENTENCE, TEXT, self._identifier))
        return messages


def _words(message: Message) -> str:
    return " ".join(token.text for token in message.get(TOKENS_NAMES[TEXT]) or [])
