/// A way past the isolation of accounts that an engine leaves open, and that this project cannot close.
///
/// The proof prints the residues of its engines. Without them, a reader of "no violations" would take them for closed.
package struct KnownResidue: Sendable, Hashable, Encodable {
  /// What remains open.
  package let name: String
  /// What an attacker who controls an account gains.
  package let consequence: String
  /// What an operator can do about it.
  package let mitigation: String

  /// Creates a residue.
  package init(_ name: String, consequence: String, mitigation: String) {
    self.name = name
    self.consequence = consequence
    self.mitigation = mitigation
  }
}
