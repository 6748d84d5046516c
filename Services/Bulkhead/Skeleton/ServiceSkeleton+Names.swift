import Foundation

/// The names and ports that a new service cannot have.
extension ServiceSkeleton {
  private static let compose = "deploy/templates/compose"
  private static let portRange = 8081...65_535

  /// Throws where a service, a host name, an account, a part of the package or a container of compose has the name.
  static func requireFree(
    _ names: SkeletonNames, access: String, fleet: String, in checkout: URL
  ) throws {
    let name = names.name
    let taken = "'\(name)' is taken: choose another name, because"
    for (file, text) in [("deploy/access.yaml", access), ("deploy/fleet.yaml", fleet)] {
      for block in ManifestBlock.all(in: text) {
        if block.service == name { throw ToolError("\(taken) \(file) has a service \(name)") }
        if block.values(of: "host").contains(name) {
          throw ToolError("\(taken) it is the host name of \(block.service) in \(file)")
        }
        let accounts = Set(block.values(of: "account"))
        if let account = ["\(name)-rw", "\(name)-cache"].first(where: accounts.contains) {
          throw ToolError("\(taken) \(file) has an account \(account) of \(block.service)")
        }
      }
    }
    let package = try text("Package.swift", in: checkout)
    for part in [name, names.module, "\(names.type)Tests"] {
      guard let range = package.range(of: "\"\(part)\"", options: .caseInsensitive) else { continue }
      throw ToolError("\(taken) Package.swift has a part \(package[range].dropFirst().dropLast())")
    }
    if let file = try composeNames(in: checkout)[name] {
      throw ToolError("\(taken) compose has a container or host \(name): \(file)")
    }
  }

  /// The port after those of all services, or the first free one where that would be none.
  static func freePort(in fleet: String) throws -> Int {
    let used = Set(
      ManifestBlock.all(in: fleet).flatMap { $0.values(of: "port") }.compactMap(Int.init))
    let next = (used.max() ?? 8080) + 1
    if portRange.contains(next) { return next }
    guard let port = portRange.first(where: { !used.contains($0) }) else {
      throw ToolError("deploy/fleet.yaml uses every port from \(portRange.lowerBound) on")
    }
    return port
  }

  /// The containers of compose that are no services of the manifest, and the hosts that these are called by, each with its
  /// template. A service of such a name would be in compose twice, or would itself be its database.
  private static func composeNames(in checkout: URL) throws -> [String: String] {
    let folder = checkout.appendingPathComponent(compose)
    guard let paths = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
      throw ToolError("no folder \(compose) in the current directory: run this command in the checkout")
    }
    var names: [String: String] = [:]
    for path in paths.sorted() where path.hasSuffix(".template") {
      let file = "\(compose)/\(path)"
      var isInside = false
      for line in try text(file, in: checkout).split(separator: "\n") {
        if line.first?.isLetter == true { isInside = line == "services:" }
        if isInside, line.hasPrefix("  "), line.dropFirst(2).first?.isLetter == true,
          let colon = line.firstIndex(of: ":")
        {
          names[String(line[..<colon].dropFirst(2))] = file
        }
        guard let aliases = line.firstRange(of: "aliases: [") else { continue }
        let list = line[aliases.upperBound...].prefix { $0 != "]" }
        for alias in list.split(separator: ",") {
          names[alias.trimmingCharacters(in: .whitespaces)] = file
        }
      }
    }
    return names
  }
}
