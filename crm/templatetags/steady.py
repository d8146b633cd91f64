"""Django's own tags, worked out once where nothing about the request can change what they say.

A page holds hundreds of constant words, addresses and icons. `translate` with constant words is kept for each
language, `url` for each name with its arguments, `static` for the life of the process; all else stays Django's.
"""

from collections.abc import Callable
from typing import Any

from django import template
from django.template import Context, Node, Variable
from django.template.base import FilterExpression, Parser, TextNode, Token
from django.template.defaulttags import URLNode, url
from django.templatetags.i18n import TranslateNode, do_translate
from django.templatetags.static import StaticNode, do_static
from django.utils.html import conditional_escape
from django.utils.translation import get_language

from crm.templatetags import marks
from crm.web.addresses import address

register = template.Library()


class InLanguage(Node):
    """A tag whose words depend on nothing but the language."""

    child_nodelists = ()

    def __init__(self, node: Node) -> None:
        self.node = node
        self.known: dict[tuple[str | None, bool], str] = {}

    def render(self, context: Context) -> str:
        key = (get_language(), context.autoescape)
        known = self.known.get(key)
        if known is None:
            known = self.known[key] = self.node.render(context)
        return known


class Address(URLNode):
    """An address by name and plain arguments, remembered; what it refers to is asked by the view."""

    def render(self, context: Context) -> str:
        arguments = tuple(argument.resolve(context) for argument in self.args)
        if not all(type(argument) in (int, str) for argument in arguments):
            return str(super().render(context))
        found = address(self.view_name.resolve(context), *arguments)
        return conditional_escape(found) if context.autoescape else found


def _is_constant(expression: FilterExpression) -> bool:
    """Written out in the template, with no filter."""
    var = expression.var
    return not expression.filters and (not isinstance(var, Variable) or var.lookups is None)


@register.tag
def translate(parser: Parser, token: Token) -> Node:
    node: TranslateNode = do_translate(parser, token)
    context = node.message_context
    steady = not node.asvar and _is_constant(node.filter_expression) and (context is None or _is_constant(context))
    return InLanguage(node) if steady else node


@register.tag("url")
def address_tag(parser: Parser, token: Token) -> Node:
    node: URLNode = url(parser, token)
    return node if node.kwargs or node.asvar else Address(node.view_name, node.args, {}, None)


@register.tag
def static(parser: Parser, token: Token) -> Node:
    node: StaticNode = do_static(parser, token)
    return InLanguage(node) if node.varname is None and _is_constant(node.path) else node


def _at_once(compiled: Callable[[Parser, Token], Any]) -> Callable[[Parser, Token], Node]:
    """A tag of ours with constant arguments, drawn when the template is read."""

    def compile_tag(parser: Parser, token: Token) -> Node:
        node = compiled(parser, token)
        given = [*node.args, *node.kwargs.values()]
        steady = node.target_var is None and all(isinstance(each.var, str) and not each.filters for each in given)
        return TextNode(node.render(Context())) if steady else node

    return compile_tag


register.tag("icon", _at_once(marks.register.tags["icon"]))
