import AccessPlanning

/// What becomes of objects that an account owns.
///
/// An account writes the text of its views and functions, and grants others the use. Given to the administrator, the same
/// text would run with the administrator's rights: an account would only have to be mended to own the database.
extension PostgresPlanner {
  /// A table of ours passes to its declared owner, because everything attached to it is compared. So does an object
  /// without code; every other stays, and is named.
  func steps(forOwnerOf object: PostgresObject, _ declared: String, _ reason: String) -> [PlannedStep] {
    guard !isOfAccountsMaking(object) else { return [] }
    return [
      PlannedStep(
        "ALTER \(object.sqlTarget) OWNER TO \(owner(declared))", reason: reason, authority: .superuser)
    ]
  }

  /// Whether code of an account could come with the object: a view's query, a function's body, a table's rules, triggers
  /// and index expressions. A live manifest lists views and tables without what they consist of, so their text may have
  /// changed with their owner.
  func isOfAccountsMaking(_ object: PostgresObject) -> Bool {
    switch object.kind {
    case .view, .routine: return true
    case .table: return declared.isLive || declared.owners[object] == nil
    case .database, .schema, .sequence, .type, .language, .parameter, .tablespace, .largeObject,
      .foreignServer, .foreignDataWrapper, .futureTables, .futureSequences, .futureRoutines, .futureSchemas:
      return false
    }
  }

  /// What an operator does about an object with code that an account owns.
  func remedy(forOwnerOf object: PostgresObject, _ declared: String) -> String {
    "its code is the account's: read it, replace what is not yours, then run ALTER \(object.sqlTarget) OWNER TO "
      + "\(owner(declared)), or drop it"
  }

  /// Before the objects of a retired account pass to the administrator: nothing on them is granted to anyone, and what
  /// consists of code alone is dropped. A function on which a table depends keeps the role from being dropped.
  func disarming(_ account: String) -> [String] {
    let owned = actual.owners.filter { $0.value == account && isOfAccountsMaking($0.key) }.map(\.key).sorted()
    return owned.flatMap(revokingAll)
      + [
        dropping("VIEW", owned.filter { isView($0) && !isMaterialized($0) && !isForeign($0) }),
        dropping("MATERIALIZED VIEW", owned.filter(isMaterialized)),
        dropping("ROUTINE", owned.filter { $0.kind == .routine }),
      ].compactMap(\.self)
  }

  /// Whether the account owns what the manifest lists. Dropping that would take it from the services, and passing it on
  /// would pass on its code, so its owner is named in place of a step.
  func ownsListed(_ account: String) -> Bool {
    actual.owners.contains {
      $0.value == account && declared.owners[$0.key] != nil && isOfAccountsMaking($0.key)
    }
  }

  private func revokingAll(on object: PostgresObject) -> [String] {
    let grantees = Set(actual.privileges.filter { $0.object == object }.map(\.grantee)).sorted()
    return grantees.map { "REVOKE ALL ON \(object.sqlTarget) FROM \($0.sql) CASCADE" }
  }

  private func dropping(_ kind: String, _ objects: [PostgresObject]) -> String? {
    objects.isEmpty ? nil : "DROP \(kind) \(objects.map(name).joined(separator: ", "))"
  }

  /// The argument types of a routine are a part of its name.
  private func name(_ object: PostgresObject) -> String {
    object.kind == .routine ? String(object.sqlTarget.dropFirst("ROUTINE ".count)) : object.qualified
  }

  private func isView(_ object: PostgresObject) -> Bool { object.kind == .view }

  private func isMaterialized(_ object: PostgresObject) -> Bool { isFound(object, as: .materializedView) }

  private func isForeign(_ object: PostgresObject) -> Bool { isFound(object, as: .foreignTable) }

  private func isFound(_ object: PostgresObject, as kind: PostgresFinding.Kind) -> Bool {
    isView(object)
      && actual.findings.contains {
        $0.kind == kind && $0.schema == object.schema && $0.name == object.name
      }
  }
}
