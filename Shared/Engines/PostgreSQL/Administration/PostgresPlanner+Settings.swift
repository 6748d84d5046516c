import AccessPlanning

/// The settings of roles and of the database, which the server gives to a session at its login. A session that began before
/// keeps the former ones.
extension PostgresPlanner {
  /// A note for each account with sessions whose settings these steps have changed.
  func notesOfOlderSessions(after done: [PlannedStep]) -> [String] {
    let ended = Set(suspended(by: .administrator))
    let accounts = declared.credentials.keys.filter { (actual.sessions[$0] ?? 0) > 0 && !ended.contains($0) }
    let changed = settings(changedBy: done)
    return accounts.sorted().compactMap { account in
      let names = Set(changed.filter { ($0.role ?? account) == account }.map(\.name)).sorted()
      guard !names.isEmpty else { return nil }
      return
        "sessions of \(account) that began before this keep the former \(names.joined(separator: ", ")): restart its "
        + "programs, or end these sessions"
    }
  }

  /// The deviations without those of settings that these steps have changed: the session of this run began before, and the
  /// server still shows it the former values.
  func withoutFormerDefaults(_ deviations: [Deviation], after done: [PlannedStep]) -> [Deviation] {
    let names = Set(settings(changedBy: done).map(\.name))
    let known = differences.map(\.deviation)
    return deviations.filter { deviation in
      deviation.privilege != PostgresFinding.Kind.serverSetting.rawValue.uppercased()
        || !names.contains(deviation.object) || known.contains(deviation)
    }
  }

  /// The settings that these steps have changed; the role is nil where they are those of every session.
  private func settings(changedBy done: [PlannedStep]) -> [(role: String?, name: String)] {
    let done = Set(done)
    return differences.compactMap { difference -> (role: String?, name: String)? in
      let setting: (role: String?, name: String)
      switch difference {
      case .setting(let role, let name, _, _), .databaseSetting(let role, let name, _): setting = (role, name)
      case .settingOfEveryone(let everyones): setting = (nil, everyones.name)
      case .settingOfDatabase(let databases, _): setting = (nil, databases.name)
      case .tableMissing, .roleMissing, .attribute, .passwordExpires, .connectionLimit, .superuser,
        .attachment,
        .membershipExcess, .membershipMissing, .owner, .rowSecurity, .policyExcess, .policyMissing,
        .policyDifferent, .privilegeExcess, .privilegeMissing, .credential, .finding, .keyMissing,
        .ownerRight,
        .sampledColumn, .inertDefault, .retired:
        return nil
      }
      return steps(for: difference).contains(where: done.contains) ? setting : nil
    }
  }
}
