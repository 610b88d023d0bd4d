"""One tree of errors: each has a stable code that pages, logs and HTTP answers share."""


class TyreloopError(Exception):
    """Anything the product refuses or cannot do, in one sentence a person can act on."""

    code = "error"


class UnreadablePhoto(TyreloopError):
    """The bytes are not a photo that we can open."""

    code = "unreadable_photo"


class PhotoTooLarge(TyreloopError):
    """The photo has more bytes or more pixels than we take."""

    code = "photo_too_large"


class NoProductionModel(TyreloopError):
    """No version of the model is in Production, or none could be loaded yet."""

    code = "no_production_model"


class BundleRefused(TyreloopError):
    """A model's bundle failed a check and must not serve."""

    code = "bundle_refused"


class PredictionNotFound(TyreloopError):
    """There is no such prediction, or it belongs to another visitor."""

    code = "prediction_not_found"


class PhotoNotFound(TyreloopError):
    """The store holds no such photo."""

    code = "photo_not_found"


class ModelVersionNotFound(TyreloopError):
    """The registry holds no such version."""

    code = "model_version_not_found"


class KeyReused(TyreloopError):
    """An idempotency key came back with another body."""

    code = "idempotency_key_reused"


class StoreUnavailable(TyreloopError):
    """The database or the photo store does not answer now; trying again later may help."""

    code = "store_unavailable"


class RegistryUnavailable(TyreloopError):
    """The model registry does not answer now."""

    code = "registry_unavailable"


class ServiceBusy(TyreloopError):
    """More photos are waiting than can be answered in time; trying again soon helps."""

    code = "service_busy"


class InvalidRequest(TyreloopError):
    """The request lacks something or says something we do not understand."""

    code = "invalid_request"


class NotConfigured(TyreloopError):
    """A setting is missing or left at a default that is not safe here."""

    code = "not_configured"
