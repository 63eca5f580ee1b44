"""One visitor of a Streamlit app: what a browser tab sends and gets, without the browser.

The server's own messages (``streamlit.proto``) go over its WebSocket; files go up by PUT to the
address that the server names, with its XSRF token; pictures are fetched once each, as a browser
would. Nothing here knows of this app's pages.
"""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from websockets.asyncio.client import ClientConnection, connect

XSRF_COOKIE = "_streamlit_xsrf"
PATIENCE = 120.0
"""Seconds without a message after which a visitor gives up."""

_FINISHED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)


class VisitError(Exception):
    """The server refused something, or fell silent."""


@dataclass
class _Node:
    element: Element | None  # None for a block
    fragment: str
    run: str


@dataclass
class Page:
    """What the server's messages have put on the page.

    As the frontend does, what a finished run has not sent again is taken off; after a fragment's
    run, what belongs to that fragment only.
    """

    nodes: dict[tuple[int, ...], _Node] = field(default_factory=dict)
    clocks: dict[str, float] = field(default_factory=dict)
    """The fragments that are to be run again and again, and every how many seconds."""
    run: str = ""
    fragments: frozenset[str] = frozenset()

    def take(self, message: ForwardMsg) -> None:
        """Apply one message."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.run = message.metadata.run.script_run_id
            self.fragments = frozenset(message.metadata.run.fragment_ids)
            if not self.fragments:
                self.clocks.clear()
        elif kind == "auto_rerun":
            self.clocks[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "delta" and message.delta.WhichOneof("type") != "new_transient":
            delta = message.delta
            element = delta.new_element if delta.WhichOneof("type") == "new_element" else None
            path = tuple(message.metadata.delta_path)
            self.nodes[path] = _Node(element, delta.fragment_id, self.run)
        elif kind == "script_finished" and message.script_finished in _FINISHED:
            for path in [path for path, node in self.nodes.items() if self._is_stale(node)]:
                del self.nodes[path]

    def _is_stale(self, node: _Node) -> bool:
        ours = not self.fragments or node.fragment in self.fragments
        return ours and node.run != self.run

    def elements(self, *kinds: str, fresh: bool = False) -> Iterator[Any]:
        """The protobufs of these kinds of elements, in the order of the page.

        Args:
            kinds: what protobuf calls them.
            fresh: leave out what the run in progress has not sent again so far.
        """
        for path in sorted(self.nodes):
            node = self.nodes[path]
            kind = None if node.element is None else node.element.WhichOneof("type")
            if kind in kinds and (node.run == self.run or not fresh):
                yield getattr(node.element, str(kind))

    def words(self, fresh: bool = False) -> str:
        """All that the page says, markup included; ``fresh`` as in ``elements``."""
        kinds = ("alert", "heading", "html", "markdown", "text")
        return "\n".join(
            f"{getattr(one, 'title', '')} {getattr(one, 'body', '')}"
            for one in self.elements(*kinds, fresh=fresh)
        )

    def pictures(self) -> list[tuple[str, str]]:
        """The description and the address of each picture."""
        return [
            (image.alt, image.url)
            for one in self.elements("imgs")
            for image in one.imgs
            if image.url
        ]

    def widget(self, kind: str, name: str) -> tuple[Any, str]:
        """A widget by the key or the label it was given, and the fragment it is in.

        A key may be given by how it begins, for some end in what they are about.
        """
        for node in self.nodes.values():
            if node.element is not None and node.element.WhichOneof("type") == kind:
                found = getattr(node.element, kind)
                # Streamlit's id is $$ID-HASH-KEY, and ends in "None" where no key was given.
                key = found.id.split("-", 2)[-1]
                if key.startswith(name) or found.label == name:
                    return found, node.fragment
        raise VisitError(f"the page has no {kind} of the key or label {name!r}")


class Visitor:
    """A tab: use as ``async with Visitor(address) as visitor``.

    Args:
        address: of the server.
        path: of the page, as in its address; "" is the first.
    """

    def __init__(self, address: str, path: str = "") -> None:
        self.address = address
        self.path = path
        self.page = Page()
        self.pictures: set[str] = set()
        self._http = requests.Session()
        self._states: dict[str, WidgetState] = {}
        self._socket: ClientConnection

    async def __aenter__(self) -> Self:
        await self._get("/_stcore/health")  # brings the cookie
        token = self._http.cookies[XSRF_COOKIE]
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self.address,  # type: ignore[arg-type]
            subprotocols=["streamlit", token],  # type: ignore[list-item]
            additional_headers={"Cookie": f"{XSRF_COOKIE}={token}"},
            max_size=None,
        )
        await self.rerun()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.close()
        self._http.close()

    async def rerun(
        self,
        fragment: str = "",
        seen: Callable[[Page], bool] | None = None,
        pressed: str = "",
    ) -> float | None:
        """Let the script run, and fetch the pictures that it shows.

        Args:
            fragment: the part of it to run; "" is all.
            seen: what to wait for.
            pressed: the id of a button.

        Returns:
            When ``seen`` was first true of the page (on the event loop's clock), or None.
        """
        message = BackMsg()
        state = message.rerun_script
        state.widget_states.CopyFrom(WidgetStates(widgets=self._states.values()))
        if pressed:
            state.widget_states.widgets.append(WidgetState(id=pressed, trigger_value=True))
        state.page_name = self.path
        state.context_info.timezone = "Europe/Berlin"
        state.context_info.url = self.address
        state.context_info.color_scheme = "light"
        state.fragment_id = fragment
        await self._socket.send(message.SerializeToString())
        first: float | None = None
        while True:
            received = await self._receive()
            if first is None and seen is not None and seen(self.page):
                first = asyncio.get_running_loop().time()
            if received.WhichOneof("type") == "script_finished" and (
                received.script_finished in _FINISHED
            ):
                await self._fetch_pictures()
                return first

    async def upload(
        self, uploader: str, name: str, data: bytes, seen: Callable[[Page], bool]
    ) -> float | None:
        """Drop a file on an uploader; otherwise as ``rerun``."""
        widget, fragment = self.page.widget("file_uploader", uploader)
        message = BackMsg()
        message.file_urls_request.request_id = str(uuid.uuid4())
        message.file_urls_request.file_names.append(name)
        await self._socket.send(message.SerializeToString())
        while (reply := await self._receive()).WhichOneof("type") != "file_urls_response":
            pass
        urls = reply.file_urls_response.file_urls[0]
        await self._put(urls.upload_url, name, data)
        info = UploadedFileInfo(name=name, size=len(data), file_id=urls.file_id, file_urls=urls)
        chosen = WidgetState(id=widget.id)
        chosen.file_uploader_state_value.uploaded_file_info.append(info)
        self._states[widget.id] = chosen
        return await self.rerun(fragment, seen)

    async def choose(self, name: str, option: int) -> None:
        """Choose the option of that number in a selectbox, a radio or a row of buttons."""
        for kind in ("selectbox", "radio", "button_group"):
            try:
                widget, fragment = self.page.widget(kind, name)
            except VisitError:
                continue
            state = WidgetState(id=widget.id)
            if kind == "button_group":
                state.string_array_value.data.append(widget.options[option].content)
            else:
                state.string_value = widget.options[option]
            return await self._change(state, fragment)
        raise VisitError(f"the page has nothing to choose from of the key or label {name!r}")

    async def press(self, name: str) -> None:
        """Press a button."""
        widget, fragment = self.page.widget("button", name)
        await self.rerun(fragment, pressed=widget.id)

    async def slide(self, name: str, value: float) -> None:
        """Move a slider."""
        widget, fragment = self.page.widget("slider", name)
        state = WidgetState(id=widget.id)
        state.double_array_value.data.append(value)
        await self._change(state, fragment)

    async def _change(self, state: WidgetState, fragment: str) -> None:
        self._states[state.id] = state
        await self.rerun(fragment)

    async def _receive(self) -> ForwardMsg:
        try:
            data = await asyncio.wait_for(self._socket.recv(), PATIENCE)
        except TimeoutError:
            raise VisitError(f"no message for {PATIENCE:g} seconds") from None
        message = ForwardMsg()
        message.ParseFromString(data)  # type: ignore[arg-type]
        self.page.take(message)
        return message

    async def _fetch_pictures(self) -> None:
        for url in {url for _, url in self.page.pictures()} - self.pictures:
            await self._get(url)
            self.pictures.add(url)

    async def _get(self, url: str) -> bytes:
        reply = await asyncio.to_thread(self._http.get, self.address + url, timeout=PATIENCE)
        if reply.status_code != 200:
            raise VisitError(f"GET {url} was answered by {reply.status_code}")
        return reply.content

    async def _put(self, url: str, name: str, data: bytes) -> None:
        reply = await asyncio.to_thread(
            self._http.put,
            self.address + url,
            files={"file": (name, data, "image/png")},
            headers={"X-Xsrftoken": self._http.cookies[XSRF_COOKIE]},
            timeout=PATIENCE,
        )
        if reply.status_code != 204:
            raise VisitError(f"the upload was answered by {reply.status_code}: {reply.text}")
