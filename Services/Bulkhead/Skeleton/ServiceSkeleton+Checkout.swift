import Foundation

/// Writing a skeleton into a checkout, and taking it back.
extension ServiceSkeleton {
  /// The skeleton of a new service: the next port, the next version, and the size of the named service. Throws where
  /// something has its name already.
  static func next(
    _ names: SkeletonNames, like model: String? = nil, in checkout: URL
  ) throws -> ServiceSkeleton {
    let (access, fleet) = try manifests(in: checkout)
    try requireFree(names, access: access, fleet: fleet, in: checkout)
    let size = try model.map { try Self.size(of: $0, in: checkout) } ?? ServiceSize.standard
    return ServiceSkeleton(
      names, in: checkout, port: try freePort(in: fleet),
      version: (try versions(in: checkout).keys.max() ?? 0) + 1, size: size)
  }

  /// The skeleton of a service that `new` made in this checkout. Its size may have changed since.
  static func existing(_ names: SkeletonNames, in checkout: URL) throws -> ServiceSkeleton {
    let (access, fleet) = try manifests(in: checkout)
    guard let port = ports(in: fleet)[names.name] else {
      throw ToolError("deploy/fleet.yaml has no service \(names.name)")
    }
    let versions = try versions(in: checkout)
    guard let version = versions.first(where: { $0.value == names.table })?.key else {
      throw ToolError(
        "\(migrations) has no version that creates \(names.table): bulkhead service new did not make it")
    }
    guard version == versions.keys.max() else {
      throw ToolError(
        "version \(version) of the schema creates \(names.table), and later versions follow: "
          + "drop the table in a version of its own (bulkhead migrate new), and remove the service by hand")
    }
    return ServiceSkeleton(
      names, in: checkout, port: port, version: version,
      size: try ServiceSize(of: names.name, access: access, fleet: fleet))
  }

  /// Writes the files and the lines; nothing where one of them cannot be written. Returns the paths.
  func write() throws -> [String] {
    let files = try files()
    for path in files.keys.sorted() where FileManager.default.fileExists(atPath: place(path).path) {
      throw ToolError("\(path) exists already")
    }
    let changed = try changed { try $0.applied(to: $1) }
    try CheckoutChange(checkout: checkout).apply(files.merging(changed) { $1 })
    return (Array(files.keys) + Array(changed.keys)).sorted()
  }

  /// Takes the files and the lines back; nothing where one of them differs from what was written, unless `force` deletes
  /// the service's own files as they are. Returns the paths.
  func remove(force: Bool) throws -> [String] {
    let files = try files()
    let own = Set(files.keys)
    let edited = files.filter { path, text in (try? self.text(path)) != text }.map(\.key)
    let more = folders(of: own).flatMap { folder in
      ((try? FileManager.default.subpathsOfDirectory(atPath: place(folder).path)) ?? [])
        .map { "\(folder)/\($0)" }.filter { !own.contains($0) && !isFolder($0) }
    }
    if !force, let path = (edited + more).min() {
      throw ToolError("\(path) is not what bulkhead service new wrote: --force deletes the service as it is")
    }
    let changed = try changed { try $0.reverted(in: $1) }
    let gone: [String: String?] = Dictionary(uniqueKeysWithValues: own.map { ($0, nil) })
    try CheckoutChange(checkout: checkout).apply(gone.merging(changed) { $1 })
    for folder in folders(of: own) { try FileManager.default.removeItem(at: place(folder)) }
    return (Array(own) + Array(changed.keys)).sorted()
  }

  /// The shared files after all of their changes.
  private func changed(_ change: (TextEdit, String) throws -> String) throws -> [String: String] {
    var texts: [String: String] = [:]
    for edit in try edits() {
      texts[edit.path] = try change(edit, try texts[edit.path] ?? text(edit.path))
    }
    return texts
  }

  /// The folders that are the service's own.
  private func folders(of paths: Set<String>) -> [String] {
    ["Services/\(names.type)", "Tests/Services/\(names.type)Tests"].filter { folder in
      paths.contains { $0.hasPrefix("\(folder)/") }
    }
  }

  private func place(_ path: String) -> URL { checkout.appendingPathComponent(path) }

  private func isFolder(_ path: String) -> Bool {
    (try? place(path).resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
  }

  private static func manifests(in checkout: URL) throws -> (access: String, fleet: String) {
    (try text("deploy/access.yaml", in: checkout), try text("deploy/fleet.yaml", in: checkout))
  }

  /// The ports of the services in the fleet manifest.
  private static func ports(in fleet: String) -> [String: Int] {
    let pairs = ManifestBlock.all(in: fleet).compactMap { block in
      block.values(of: "port").first.flatMap(Int.init).map { (block.service, $0) }
    }
    return Dictionary(pairs) { first, _ in first }
  }

  /// The size of a service whose program the package builds.
  private static func size(of model: String, in checkout: URL) throws -> ServiceSize {
    let (access, fleet) = try manifests(in: checkout)
    let size = try ServiceSize(of: model, access: access, fleet: fleet)
    let block = ManifestBlock.all(in: fleet).first { $0.service == model }
    let program = block?.value(of: "program") ?? ""
    guard try text("Package.swift", in: checkout).contains(".executable(name: \"\(program)\",") else {
      throw ToolError("\(model) runs '\(program)', and Package.swift builds no such program")
    }
    return size
  }

  /// The names of the schema's versions, by number: `V0005_rollups.swift`.
  private static func versions(in checkout: URL) throws -> [Int: String] {
    let folder = checkout.appendingPathComponent(migrations).path
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ToolError("no folder \(migrations) in the current directory: run this command in the checkout")
    }
    let pairs = files.compactMap { file -> (Int, String)? in
      guard file.hasPrefix("V"), file.hasSuffix(".swift"), let end = file.firstIndex(of: "_"),
        let version = Int(file[file.index(after: file.startIndex)..<end])
      else { return nil }
      return (version, String(file[file.index(after: end)...].dropLast(".swift".count)))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
