"""Several files at once, dropped on the field or chosen, all of one kind."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models import Attachment
from billing.rules.receipts import MOST_BYTES
from billing.services.attachments import check_upload
from billing.services.expenses import Upload

ACCEPTED = ".pdf,.png,.jpg,.jpeg,.webp,.docx,.xlsx,.odt,.ods"
MOST_FILES = 10


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploads, each told by its bytes."""

    widget = FilesInput(attrs={"accept": ACCEPTED, "class": "drop"})

    def clean(self, data: Any, initial: Any = None) -> list[Upload]:
        """Too large ones are refused by their size before they are read."""
        files = list(data) if isinstance(data, list | tuple) else [data]
        if len(files) > MOST_FILES:
            words = _("At most %(n)s files at once.")
            raise forms.ValidationError(words, code="file_count", params={"n": MOST_FILES})
        return [self._upload(super(FilesField, self).clean(each, initial)) for each in files or [None]]

    @staticmethod
    def _upload(file: Any) -> Upload:
        upload = Upload(file.name, file.read(MOST_BYTES + 1))
        check_upload(upload)
        return upload


class AttachForm(forms.Form):
    uploads = FilesField(
        label=_("Files"),
        help_text=_("Drop them here or choose: PDF, pictures, DOCX, XLSX, ODT, ODS, up to 25 MB each."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Attachment.Kind.choices)
    keep_until_on = forms.DateField(
        label=_("Keep longer, until"),
        required=False,
        help_text=_("Empty: as long as the law wants. Until then nobody deletes it."),
    )
