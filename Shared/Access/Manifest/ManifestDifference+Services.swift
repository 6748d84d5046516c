/// What services use beside tables: the cache, accounts' names, secrets and the network.
extension ManifestDifference {
  var cacheAccounts: [ManifestChange] {
    let gone = old.cacheAccounts.filter { new.cacheAccount(named: $0.name) == nil }
    return gone.map {
      ManifestChange(
        .breaking, $0.name, "login", "cache account \($0.name) of service \($0.service) is removed")
    }
      + new.cacheAccounts.flatMap { account -> [ManifestChange] in
        guard let before = old.cacheAccount(named: account.name) else {
          let login = ManifestChange(
            .widening, account.name, "login",
            "cache account \(account.name) of service \(account.service) is added")
          return [login] + keys(of: account.name, [], account.keys)
        }
        return keys(of: account.name, before.keys, account.keys)
      }
  }

  private func keys(of account: String, _ before: [KeyGrant], _ after: [KeyGrant]) -> [ManifestChange] {
    let from = Dictionary(before.map { ($0.prefix, $0.access) }, uniquingKeysWith: { first, _ in first })
    let to = Dictionary(after.map { ($0.prefix, $0.access) }, uniquingKeysWith: { first, _ in first })
    return Set(from.keys).union(to.keys).sorted().compactMap { prefix in
      let object = "\(prefix)*"
      switch (from[prefix], to[prefix]) {
      case (let before?, let after?) where before == after: return nil
      case (nil, nil): return nil
      case (.read?, .readWrite?):
        return ManifestChange(.widening, account, object, "\(account) gains writing of \(object)")
      case (.readWrite?, .read?):
        return ManifestChange(.breaking, account, object, "\(account) loses writing of \(object)")
      case (nil, let access?):
        return ManifestChange(.widening, account, object, "\(account) gains \(access.rawValue) of \(object)")
      case (let access?, _):
        return ManifestChange(.breaking, account, object, "\(account) loses \(access.rawValue) of \(object)")
      }
    }
  }

  var services: [ManifestChange] {
    new.services.flatMap { service -> [ManifestChange] in
      let before = old.services.first { $0.name == service.name }
      return renaming(before, service)
        + parts(service.name, "secret", before?.secrets.map(\.name) ?? [], service.secrets.map(\.name))
        + parts(
          service.name, "network", before?.network.map(\.side.rawValue) ?? [],
          service.network.map(\.side.rawValue))
    }
      + old.services.filter { gone in !new.services.contains { $0.name == gone.name } }.map {
        ManifestChange(.breaking, $0.name, "service", "service \($0.name) is removed")
      }
  }

  private func renaming(_ before: ServiceAccess?, _ service: ServiceAccess) -> [ManifestChange] {
    guard let before, before.databaseAccount != service.databaseAccount else { return [] }
    return [
      ManifestChange(
        .breaking, service.name, "login",
        "service \(service.name) connects as \(service.databaseAccount) instead of \(before.databaseAccount)")
    ]
  }

  private func parts(_ service: String, _ kind: String, _ before: [String], _ after: [String])
    -> [ManifestChange]
  {
    after.filter { !before.contains($0) }.map {
      ManifestChange(.widening, service, kind, "service \(service) gains the \(kind) \($0)")
    }
      + before.filter { !after.contains($0) }.map {
        ManifestChange(.breaking, service, kind, "service \(service) loses the \(kind) \($0)")
      }
  }
}
