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


class BundleAwaited(TyreloopError):
    """A plain model is not a bundle yet, and nothing else is opened."""

    code = "bundle_awaited"


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


class StoreBusy(StoreUnavailable):
    """The database answers, but not to this: what it is about is locked, or took too long."""


class RegistryUnavailable(TyreloopError):
    """The model registry does not answer now."""

    code = "registry_unavailable"


class ServiceBusy(TyreloopError):
    """More photos are waiting than can be answered in time; trying again soon helps."""

    code = "service_busy"


class InvalidRequest(TyreloopError):
    """The request lacks something or says something we do not understand."""

    code = "invalid_request"


class NoFile(InvalidRequest):
    """Nothing was chosen, or it has not arrived yet."""

    code = "no_file"


class NotSignedIn(TyreloopError):
    """This is for people who signed in; the name, the password, the token or the key did not prove it."""

    code = "not_signed_in"


class NotAllowed(TyreloopError):
    """Whoever asks is known, but may not do this."""

    code = "not_allowed"


class TooManyRequests(TyreloopError):
    """One caller asked more often than is fair to the others."""

    code = "too_many_requests"


class NameTaken(TyreloopError):
    """Something else has this name already."""

    code = "name_taken"


class NotFound(TyreloopError):
    """There is no such thing here."""

    code = "not_found"


class InvitationSpent(TyreloopError):
    """A one-time link that opens nothing: used, expired, or never made."""

    code = "invitation_spent"
    sentence = "This link was used already, has expired, or never was: ask for a new one."


class ReportGone(TyreloopError):
    """A report's link that shows nothing: expired, taken back, its photo deleted, or never made."""

    code = "report_gone"
    sentence = (
        "This report is no longer available: its link has expired, was taken back, or the photo was deleted."
    )


class Conflict(TyreloopError):
    """It is not, or not any more, in a state in which this can be done."""

    code = "conflict"


class NotConfigured(TyreloopError):
    """A setting is missing or left at a default that is not safe here."""

    code = "not_configured"
