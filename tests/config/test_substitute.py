"""Tests for L{quorumha.config.substitute}."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.problems import Problems
from quorumha.config.substitute import substitute, substitute_all
from quorumha.errors import ConfigError

ENVIRON = {"HOST": "10.0.0.1", "EMPTY": "", "SLY": '", weight = 9, x = "${HOST}$$'}


class SubstituteTests(SynchronousTestCase):
    """One value."""

    def test_forms(self) -> None:
        """The four forms, set, empty and unset."""
        for written, meant in [
            ("plain", "plain"),
            ("tcp:${HOST}:1", "tcp:10.0.0.1:1"),
            ("${EMPTY}", ""),
            ("${EMPTY:-d}", "d"),
            ("${NONE:-d}", "d"),
            ("${NONE:-}", ""),
            ("${HOST:-d}", "10.0.0.1"),
            ("${HOST:?no}", "10.0.0.1"),
            ("$$", "$"),
            ("$${HOST}", "${HOST}"),
            ("$$$$", "$$"),
            ("${NONE:-a:-b?c}", "a:-b?c"),
            ("${HOST}${HOST}", "10.0.0.110.0.0.1"),
        ]:
            self.assertEqual(substitute(written, ENVIRON), meant, written)

    def test_value_is_not_read_again(self) -> None:
        """What a variable holds is taken as it is."""
        self.assertEqual(substitute("${SLY}", ENVIRON), ENVIRON["SLY"])

    def test_refused(self) -> None:
        """Unset variables and unknown forms are errors that name them."""
        for written, told in [
            ("${NONE}", "the variable NONE is not set"),
            ("${NONE:?say who}", "NONE is not set: say who"),
            ("${EMPTY:?say who}", "EMPTY is not set: say who"),
            ("${EMPTY:?}", "EMPTY is not set: it must be"),
            ("$HOST", "write \\$\\$"),
            ("$", "write \\$\\$"),
            ("a$ ", "write \\$\\$"),
            ("${}", "is not"),
            ("${HOST", "write"),
            ("${1A}", "is not"),
            ("${HOST-x}", "is not"),
            ("${A:-${B}}", "without nesting"),
            ("${ HOST }", "is not"),
            ("${HOST:+x}", "is not"),
        ]:
            with self.assertRaisesRegex(ValueError, told):
                substitute(written, ENVIRON)

    @settings(deadline=None)
    @given(st.text())
    def test_escaped(self, text: str) -> None:
        """Any text survives with its dollar signs doubled."""
        self.assertEqual(substitute(text.replace("$", "$$"), {}), text)

    @settings(deadline=None)
    @given(
        st.text().filter(lambda t: "$" not in t),
        st.text(min_size=1),
        st.text().filter(lambda t: "$" not in t),
    )
    def test_between(self, before: str, value: str, after: str) -> None:
        """A variable is put in between what stands around it, byte for byte."""
        self.assertEqual(substitute(f"{before}${{V}}{after}", {"V": value}), before + value + after)

    @settings(deadline=None)
    @given(st.text(alphabet="${}:-?AB_ "), st.dictionaries(st.sampled_from("AB"), st.text()))
    def test_total(self, text: str, environ: dict[str, str]) -> None:
        """Any text at all is substituted or refused."""
        try:
            substitute(text, environ)
        except ValueError:
            self.assertIn("$", text)


class SubstituteAllTests(SynchronousTestCase):
    """A tree."""

    def test_tree(self) -> None:
        """Values anywhere, keys never, other types untouched."""
        problems = Problems()
        tree = {"${HOST}": ["${HOST}", 1, {"a": "${NONE}", "b": True, "c": 1.5}]}
        self.assertEqual(
            substitute_all(tree, ENVIRON, problems),
            {"${HOST}": ["10.0.0.1", 1, {"a": "${NONE}", "b": True, "c": 1.5}]},
        )
        self.assertEqual([path for path, _ in problems.errors], [("${HOST}", 2, "a")])

    def test_named_with_its_line(self) -> None:
        """An unset variable is told with the place it stands at."""
        text = '[pools.a]\nupstreams = [\n  "http://${HOST}:1",\n  "http://${NODE}:1",\n]\n'
        text += '[listeners.l]\nlisten = "tcp:1"\npool = "a"\n'
        with self.assertRaises(ConfigError) as caught:
            parse_config(text, "q.toml", ENVIRON)
        (problem,) = caught.exception.problems
        self.assertTrue(
            problem.startswith("q.toml:4:3 pools.a.upstreams[1]: the variable NODE is not set"), problem
        )

    def test_no_injection(self) -> None:
        """A variable with quotes and brackets adds no key."""
        text = '[pools.a]\nupstreams = [{ endpoint = "tcp:h:1", name = "${SLY}" }]\n'
        text += '[listeners.l]\nlisten = "tcp:1"\npool = "a"\n'
        (upstream,) = parse_config(text, "q.toml", ENVIRON).pools["a"].upstreams
        self.assertEqual((upstream.name, upstream.weight), (ENVIRON["SLY"], 1))

    def test_values_are_not_shown(self) -> None:
        """An error quotes what the file says, not what the variable holds."""
        text = (
            '[pools.a]\nupstreams = ["${S}", "tcp:${S}:1:2:3", "${S}://h:1"]\nbalance = "${S}"\n'
            'connect_timeout = "${S}"\ntls = { ca = "/${S}" }\n'
            '[listeners.l]\nlisten = "${S}"\nserve = "${S}"\npool = "${S}"\nbody_limit = "${S}"\n'
            'next_upstream = ["${S}"]\nhost = "${S} "\n'
            'routes = [{ path = "${S}", mirror = "${S}" }]\n'
        )
        with self.assertRaises(ConfigError) as caught:
            parse_config(text, "q.toml", {"S": "hunter2"})
        self.assertGreater(len(caught.exception.problems), 10)
        self.assertNotIn("hunter2", str(caught.exception))
