import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess

extension [Deviation] {
  /// Every right that the comparison calls an excess, and further or other passwords of an account. The proof reports each that none
  /// of its cells shows: it has no password of others, and some rights have no use without an effect.
  package var heldRights: [UntriedRight] {
    filter { deviation in
      if deviation.isNote || deviation.kind == .missing { return false }
      return deviation.kind == .excess || deviation.privilege == Deviation.passwordName
        || deviation.isOfOtherPassword
    }.map {
      UntriedRight(
        account: $0.account, object: $0.object,
        right: $0.isOfOtherPassword ? UntriedRight.otherPassword : $0.privilege, column: $0.column)
    }
  }
}

extension DatabaseAdministration {
  /// Reads the undeclared rights in the database; nil where there are no logins.
  package func untriedRights(in administrator: Database, of site: DatabaseSite) -> UntriedRight.Reader? {
    guard checksPasswords else { return nil }
    let target = grants(in: administrator, of: site)
    return { try await target.verify().heldRights }
  }
}
