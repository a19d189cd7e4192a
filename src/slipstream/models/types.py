"""`Provider` and `Model`: one entry each of the registry.

The fields are the keys of the TOML tables (`[providers.<name>]` and `[[models]]`), so a field added here is a key that
users can write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal, get_args

from msgspec import Meta, Struct, field

Dialect = Literal[
    "openai_chat", "zhipu", "anthropic", "openai_responses", "gemini", "gemini_interactions", "ollama", "slipstream"
]
Thinking = Literal["none", "switchable", "always"]
ThinkingStyle = Literal["effort", "object", "enable_thinking", "openrouter", "template", "adaptive", "budget", "none"]
PrefillStyle = Literal["prefix", "partial", "assistant-last"]
StreamUsage = Literal["ask", "always", "never"]
MaxTokensField = Literal["max_tokens", "max_completion_tokens"]
SystemRole = Literal["system", "developer"]
FileKind = Literal["document", "audio", "video"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
Media = Literal["content", "any", "dashscope"]
SeedField = Literal["seed", "random_seed"]
Refusable = Literal[
    "name", "extra_content", "n", "seed", "stop", "temperature", "top_p", "response_format", "tool_choice"
]

DIALECTS: Final[tuple[str, ...]] = get_args(Dialect)
"""The dialects a provider may speak."""

Tokens = Annotated[int, Meta(gt=0)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z")]
ModelName = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]*\Z")]
Pattern = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]+\Z")]
Variable = Annotated[str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}\Z")]
Header = Annotated[str, Meta(pattern=r"^([A-Za-z][A-Za-z0-9-]*)?\Z")]
Path = Annotated[str, Meta(pattern=r"^(/[^\s\x00-\x1f\x7f?#]+)?\Z")]
Version = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]*\Z")]
Address = Annotated[str, Meta(pattern=r"^(https?://[^\s\x00-\x1f\x7f]+)?\Z")]


class Provider(Struct, frozen=True, kw_only=True):
    """Who serves models: where, under which key, and how it departs from its dialect.

    Args:
        name: as in `provider/model`.
        dialect: the API it speaks, one of `DIALECTS`.
        base_url: the address its paths are joined to, with or without a trailing slash; "" when it is known only after
            a start (the embedded model), or to the user (`url_keys`).
        regions: further addresses by name (`intl`, `coding`), for providers whose keys belong to one of them.
        keys: environment variables that may hold the key, in the order they are looked for.
        key_regions: which region a key found in that variable belongs to; `base_url` where none is said.
        key_required: False where a key is optional or unknown (local servers).
        key_header: the header that carries the key as it is, in place of the dialect's own (Azure's `api-key`), or "".
        key_page: where a person gets a key, or "".
        url_keys: environment variables that may hold the address; `<NAME>_BASE_URL` is always looked for first.
        url_path: what is put behind an address that has no path of its own; `{model}` in it is the model's id.
        version: what goes into the query as `api-version`, or "".
        version_keys: environment variables that may hold another one.
        aliases: other names of the provider.
        default_model: the model asked when only the provider is named, or "".
        stream_usage: `ask`: usage comes only with `stream_options.include_usage`; `always`; `never`.
        max_tokens_field: the name of the bound on the answer's length.
        system_role: the role of system messages.
        thinking_style: how thinking is switched: `effort` (`reasoning_effort`), `object` (`thinking: {type}`),
            `enable_thinking` (a boolean), `openrouter` (`reasoning: {}`), `adaptive` or `budget` (Anthropic's
            `thinking` of that type, or of type `enabled` with `budget_tokens`), `template` (an argument of the model's
            chat template, where servers run it), or `none`: no switch is known.
        prefill: how a trailing assistant message asks to be continued (WIRE section 8 row 34), or None.
        prefill_url: the address that takes such a message, where it is another one, or "".
        files: kinds of files beside pictures that its models take, or None if that is not known.
        media: how sounds, films and documents go in OpenAI's shape: by `content` or id, as OpenAI takes them; also by
            address (`any`), as most of the others do; or as Qwen wants them (`dashscope`).
        seed_field: the name of the seed.
        call_id_length: how many letters and digits the id of a tool call must have; 0 where any id is taken.
        refuses: what its API answers with an error: asking for it is refused here; names of messages, and what another
            API keeps beside a tool call (Gemini's `extra_content`), are left out.
    """

    name: Name
    dialect: Dialect = "openai_chat"
    base_url: Address = ""
    regions: dict[str, Address] = field(default_factory=dict)
    keys: tuple[Variable, ...] = ()
    key_regions: dict[Variable, str] = field(default_factory=dict)
    key_required: bool = True
    key_header: Header = ""
    key_page: Address = ""
    url_keys: tuple[Variable, ...] = ()
    url_path: Path = ""
    version: Version = ""
    version_keys: tuple[Variable, ...] = ()
    aliases: tuple[Name, ...] = ()
    default_model: ModelName = ""
    stream_usage: StreamUsage = "ask"
    max_tokens_field: MaxTokensField = "max_tokens"
    system_role: SystemRole = "system"
    thinking_style: ThinkingStyle = "none"
    prefill: PrefillStyle | None = None
    prefill_url: Address = ""
    files: tuple[FileKind, ...] | None = None
    media: Media = "any"
    seed_field: SeedField = "seed"
    call_id_length: int = 0
    refuses: tuple[Refusable, ...] = ()

    def key_variable(self, available: Callable[[str], bool]) -> str | None:
        """The first of `keys` that `available` says is set, or None."""
        return next((variable for variable in self.keys if available(variable)), None)

    def url_for(self, variable: str | None = None) -> str:
        """The base URL for a key that was found in this variable: keys of one region are refused by the other.

        Args:
            variable: the environment variable the key came from, or None if it came from elsewhere.
        """
        return self.regions.get(self.key_regions.get(variable or "", ""), self.base_url)


class Model(Struct, frozen=True, kw_only=True):
    """One model, and what it can do; None means unknown, and unknown is allowed.

    Args:
        id: as the provider knows it.
        provider: the provider's name.
        aliases: other names that resolve to it.
        match: patterns (`*`, `?`, `[...]`) of ids that share this entry: dated snapshots, or a whole family.
        context: tokens of question and answer together.
        output: the most tokens of one answer, thinking included.
        thinking: `none`, `switchable`, or `always`.
        vision: takes images.
        tools: takes tools.
        prefill: continues a trailing assistant message.
        free: streams without charge.
        dialect: the API that serves it, where it is another one than its provider's.
        max_tokens_field, system_role, thinking_style, files: as in `Provider`, where the model differs from it.
        efforts: how hard it can be told to think, in OpenAI's words, or None if that is not known.
        refuses: as in `Provider`, beside what that says.
    """

    id: ModelName
    provider: str
    aliases: tuple[Pattern, ...] = ()
    match: tuple[Pattern, ...] = ()
    context: Tokens | None = None
    output: Tokens | None = None
    thinking: Thinking | None = None
    vision: bool | None = None
    tools: bool | None = None
    prefill: bool | None = None
    free: bool = False
    dialect: Dialect | None = None
    max_tokens_field: MaxTokensField | None = None
    system_role: SystemRole | None = None
    thinking_style: ThinkingStyle | None = None
    files: tuple[FileKind, ...] | None = None
    efforts: tuple[Effort, ...] | None = None
    refuses: tuple[Refusable, ...] = ()

    @property
    def name(self) -> str:
        """`provider/id`, which resolves to this model whatever other providers serve."""
        return f"{self.provider}/{self.id}"
