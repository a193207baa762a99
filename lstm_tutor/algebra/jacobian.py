"""What a formula multiplies onto a small change of one place in it: ∂formula/∂place.

Built from the formula's value down to the place, as a gradient goes. Between two lists of
numbers it is a list, which goes entry by entry, or a matrix, with the value's entries down
and the place's across. By a number it is a list. By the matrix of a product it is the other
operand, which each row has as its slope, or a matrix of such rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from lstm_tutor.algebra.axes import Axes, axes_of
from lstm_tutor.algebra.expression import Binary, Call, Expression, Symbol
from lstm_tutor.algebra.product import ONE, Product


class Form(Enum):
    """What stands on the way from the formula's value, a list of numbers, to the place."""

    ENTRIES = "what goes entry by entry"
    COLUMN = "the place is a number: one for each entry of the value"
    OUTER = "a column and a row: a number lies on the way"
    MATRIX = "a matrix, and then what goes entry by entry"
    ROWS = "the place is M of M @ v: what each row of it has as its slope"
    COLUMNS = "the place is M of v @ M: what each column of it has as its slope"
    UNWRITTEN = "no list and no matrix: an entry for every three or more of the others'"


Look: TypeAlias = Callable[[Symbol], Axes]


@dataclass(frozen=True)
class Jacobian:
    """A local derivative on its way.

    Attributes:
        look: the axes of each symbol.
        like: a formula in the shape of the value.
        form: what the parts below are.
        product: what goes entry by entry after the head; of a column, all of it.
        head: the column of an outer product; the matrix; the row that each row has.
    """

    look: Look
    like: Expression
    form: Form = Form.ENTRIES
    product: Product = ONE
    head: Expression | None = None

    def times(self, factor: Expression) -> Jacobian:
        """Return it after a product, entry by entry, with a factor."""
        return replace(self, product=self.product.times(factor))

    def over(self, divisor: Expression) -> Jacobian:
        """Return it after a quotient by a divisor."""
        return replace(self, product=self.product.over(divisor))

    def by(self, slope: Expression) -> Jacobian:
        """Return it after a product with a slope, factor by factor."""
        return replace(self, product=self.product.by(slope))

    def through(self, matrix: Expression, node: Expression) -> Jacobian:
        """Return it after ``matrix @``, onto a list of numbers; the node is that product."""
        sign, product = self.product.parted()
        if self.form is Form.OUTER:
            row = Binary("@", self._listed(product, node), matrix)
            return replace(self, product=sign.times(row))
        if self.form not in (Form.ENTRIES, Form.MATRIX):
            return self.unwritten()
        if not self._is_number(product):
            before = self._times_head(Call("diag", (product.expression(),)))
            return self._of(Form.MATRIX, sign, Binary("@", before, matrix))
        head = self._times_head(matrix)
        return self._of(Form.MATRIX, self.product, head)

    def onto_number(self, node: Expression) -> Jacobian:
        """Return it onto a number that is repeated in the shape of a node."""
        sign, product = self.product.parted()
        match self.form:
            case Form.ENTRIES:
                return self._of(Form.COLUMN, self.product)
            case Form.MATRIX if self.head is not None:
                row = Binary("@", self.head, self._listed(product, node))
                return self._of(Form.COLUMN, sign.times(row))
            case Form.OUTER if self.head is not None:
                added = Call("sum", (self._listed(product, node),))
                return self._of(Form.COLUMN, sign.times(self.head).times(added))
        return self.unwritten()

    def onto_list(self) -> Jacobian:
        """Return it onto a list of numbers that are added up to a number."""
        if self.form is not Form.COLUMN:
            return self.unwritten()
        sign, product = self.product.parted()
        return self._of(Form.OUTER, sign, self._listed(product, self.like))

    def onto_matrix(self, other: Expression, form: Form) -> Jacobian:
        """Return it onto the matrix of its product with a list of numbers."""
        if self.form is not Form.ENTRIES:
            return self.unwritten()
        return self._of(form, self.product, other)

    def transposed(self) -> Jacobian:
        """Return it onto a matrix that is transposed in the place."""
        other = {Form.ROWS: Form.COLUMNS, Form.COLUMNS: Form.ROWS}
        return replace(self, form=other[self.form]) if self.form in other else self.unwritten()

    def unwritten(self) -> Jacobian:
        """Return it where it has more axes than a formula."""
        return self._of(Form.UNWRITTEN, ONE)

    def expression(self, node: Expression) -> Expression | None:
        """Return it as a formula; None if it has more axes than a formula.

        Args:
            node: the place.
        """
        sign, product = self.product.parted()
        if self.form is Form.UNWRITTEN:
            return None
        if self.head is None:
            return self.product.expression()
        if self.form is Form.OUTER:
            row = self._listed(product, node)
            return sign.times(Call("outer", (self.head, row))).expression()
        if self._is_number(product):
            return self.product.times(self.head).expression()
        own = product.expression()
        if self.form is Form.ROWS:
            return sign.times(Call("outer", (own, self.head))).expression()
        if self.form is Form.COLUMNS:
            return sign.times(Call("outer", (self.head, own))).expression()
        return sign.times(Binary("@", self.head, Call("diag", (own,)))).expression()

    def _times_head(self, matrix: Expression) -> Expression:
        return matrix if self.head is None else Binary("@", self.head, matrix)

    def _of(self, form: Form, product: Product, head: Expression | None = None) -> Jacobian:
        return replace(self, form=form, product=product, head=head)

    def _is_number(self, product: Product) -> bool:
        return not axes_of(product.expression(), self.look)

    def _listed(self, product: Product, node: Expression) -> Expression:
        """Return a product as a list of numbers in the shape of a node."""
        found = product.expression()
        return Call("fill", (found, node)) if self._is_number(product) else found
