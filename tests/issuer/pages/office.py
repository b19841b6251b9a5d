"""People of an office in browsers of their own, each signed in as a person is: with a key file, or with a FIDO2 key.

The FIDO2 key is Chromium's own (CDP WebAuthn): it can be unplugged, and its holder can mistake the PIN.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key
from playwright.sync_api import Browser, Page

from elicense.keys import PublicKey, SoftwareSigner, b64url
from issuer.domain.officer_key import KeyState
from issuer.services import officer_keys
from issuer.storage import keys
from tests import browser as browsers

if TYPE_CHECKING:
    from tests.issuer.pages.conftest import Site

_AUTHENTICATOR: Final = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasUserVerification": True,
    "isUserVerified": True,
    "hasResidentKey": False,
    "automaticPresenceSimulation": True,
}
_NEW_CREDENTIAL: Final = """async () => {
  const made = await navigator.credentials.create({ publicKey: {
    challenge: new Uint8Array(32), rp: { id: "localhost", name: "t" },
    user: { id: new Uint8Array(16), name: "t", displayName: "t" },
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
    authenticatorSelection: { authenticatorAttachment: "cross-platform", userVerification: "required" } } });
  return { id: made.id, key: btoa(String.fromCharCode(...new Uint8Array(made.response.getPublicKey()))) };
}"""


class VirtualKey:
    """A FIDO2 security key that Chromium plays for one page."""

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self._session.send("WebAuthn.enable", {"enableUI": False})
        self._id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})[
            "authenticatorId"
        ]

    def pin_is(self, *, right: bool) -> None:
        """Whether its holder enters the right PIN from now on."""
        self._session.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": right})

    def copied(self, page: Page, *, counter: int) -> VirtualKey:
        """Another key that holds the same credentials, as if they could be read out, with that signature counter."""
        held = self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})["credentials"]
        self.unplug()
        other = VirtualKey(page)
        for one in held:
            kept = {name: one[name] for name in ("credentialId", "isResidentCredential", "rpId", "privateKey")}
            other.take({**kept, "signCount": counter})
        return other

    def take(self, credential: dict[str, Any]) -> None:
        """Put a credential into it."""
        self._session.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": credential})

    def unplug(self) -> None:
        """Take it out."""
        self._session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self._id})


class Office:
    """The people of a site. `site.world` acts past the browser, for whatever a test is not about."""

    def __init__(self, site: Site, chromium: Browser) -> None:
        self.site = site
        self.world = site.world
        self._chromium = chromium

    @contextmanager
    def stranger(self, *, phone: bool = False, locale: str = "zh-CN") -> Iterator[Page]:
        """A browser in which nobody is signed in; whatever a script or the policy complains of fails the test."""
        context = self._chromium.new_context(
            base_url=self.site.url,
            viewport=browsers.PHONE if phone else browsers.DESK,
            locale=locale,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        watched = browsers.Watched(context)
        yield context.new_page()
        context.close()
        assert [one for one in watched.complaints if "Failed to load resource" not in one] == []

    @contextmanager
    def enter(self, who: str, path: str = "", *, phone: bool = False, locale: str = "zh-CN") -> Iterator[Page]:
        """A browser of its own in which `who` is signed in with a key file, at `path`."""
        with self.stranger(phone=phone, locale=locale) as page:
            self.sign_in(page, who)
            if path:
                page.goto(path)
            yield page

    def sign_in(self, page: Page, who: str) -> None:
        """Sign in by choosing the key file."""
        page.goto("/sign-in")
        file = json.dumps(private_jwk(self.world.signers[who])).encode()
        page.set_input_files("#file", {"name": "key.json", "mimeType": "application/json", "buffer": file})
        page.wait_for_selector(".self form")

    @contextmanager
    def enter_with_security_key(self, who: str) -> Iterator[tuple[Page, VirtualKey]]:
        """A browser with a new FIDO2 key, handed over to `who` in place of the key file and signed in with."""
        with self.stranger() as page:
            page.goto("/sign-in")
            key = VirtualKey(page)
            made = page.evaluate(_NEW_CREDENTIAL)
            public = PublicKey.from_pem(f"-----BEGIN PUBLIC KEY-----\n{made['key']}\n-----END PUBLIC KEY-----\n")
            self._hand_over(who, public, made["id"])
            page.fill("#kid", public.kid.hex())
            page.click("#fido button")
            page.wait_for_selector(".self form")
            yield page, key

    def _hand_over(self, who: str, public: PublicKey, credential: str) -> None:
        """Revoke the active key of somebody, and let the key managers hand over another."""
        world, account = self.world, self.world.people[who]
        with world.store.reading() as tx:
            [old] = [one for one in keys.of_account(tx, account.id) if one.state is KeyState.ACTIVE]
        world.act(officer_keys.retire, "keys-1", "key.retire", old.id, old.revision, {"reason": "replaced"})
        key = world.act(officer_keys.request, "keys-1", "key.request", account.id, None, {"reason": "replaced"})
        key = world.act(officer_keys.approve, "keys-2", "key.approve", key.id, key.revision)
        fido = {"origin": self.site.url, "credential": credential, "aaguid": "00000000-0000-0000-0000-000000000000"}
        body = {"jwk": public.to_jwk(), "fido": fido}
        world.act(officer_keys.activate, "keys-1", "key.activate", key.id, key.revision, body)


def sign(page: Page) -> None:
    """Sign what is shown and wait for the page that follows."""
    page.wait_for_selector("#signing button.main")
    with page.expect_navigation():
        page.click("#signing button.main")
    page.wait_for_selector("main h1")


def private_jwk(signer: SoftwareSigner) -> dict[str, Any]:
    """A key file as the sign-in page takes it."""
    native = load_der_private_key(signer.to_pkcs8(), None)
    assert isinstance(native, EllipticCurvePrivateKey)
    secret = native.private_numbers().private_value.to_bytes(32, "big")
    return {**signer.public_key.to_jwk(), "d": b64url(secret)}
