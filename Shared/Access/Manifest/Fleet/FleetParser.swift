import Yams

/// Reads the fleet manifest, and compares its services and secrets with those of the access manifest.
struct FleetParser {
  var reader: ManifestReader
  let access: AccessManifest

  /// The settings that a manifest may not set: each would replace an account, a secret or an address that the renderers
  /// write.
  private static let reserved: Set = [
    "ACCESS_MANIFEST", "CACHE_PASS", "CACHE_PASS_FILE", "CACHE_USER", "CREDENTIALS_DIR", "DATABASE_URL",
    "DATABASE_URL_FILE", "DB_PASS", "DB_PASS_FILE", "DB_POOL_SIZE", "DB_USER", "HTTP_HOST", "HTTP_PORT",
    "JWKS_FILE", "JWKS_URL", "PROBE_PORT",
  ]
  private static let maximumPods = 1000
  private static let maximumPool = 500

  private var ports: [Int: Int] = [:]
  private var hosts: [String: Int] = [:]

  init(file: String, access: AccessManifest) {
    reader = ManifestReader(file: file)
    self.access = access
  }

  mutating func manifest(_ root: Node) -> FleetManifest? {
    let fields = reader.fields(root, of: "the fleet manifest", required: ["version", "programs", "services"])
    if let version = fields["version"] { _ = reader.integer(version, within: 1...1) }
    guard let programEntry = fields["programs"], let serviceEntry = fields["services"] else { return nil }
    let entries = reader.entries(programEntry.value, of: "programs")
    let programs = entries.compactMap { entry in
      reader.text(entry.value, of: "the description of program '\(entry.name)'")
        .map { FleetProgram(name: entry.name, description: $0) }
    }
    let services = reader.entries(serviceEntry.value, of: "services").compactMap {
      service($0, programs: entries.map(\.name))
    }
    for entry in entries where !services.contains(where: { $0.program == entry.name }) {
      reader.report(entry.key, "no service runs program '\(entry.name)': remove it, or add a service")
    }
    for service in access.services
    where !service.isOfPeople && !services.contains(where: { $0.name == service.name }) {
      reader.report(
        serviceEntry.key,
        "the access manifest has a service '\(service.name)' that nothing would start: describe it under services"
      )
    }
    return FleetManifest(file: reader.file, programs: programs, services: services)
  }

  private mutating func service(_ entry: ManifestEntry, programs: [String]) -> FleetService? {
    let fields = reader.fields(
      entry.value, of: "service '\(entry.name)'",
      required: ["program", "port", "pods", "pool", "cpu", "memory"],
      optional: ["host", "environment", "local", "secrets"])
    guard let rights = access.services.first(where: { $0.name == entry.name }) else {
      let known = access.services.map(\.name)
      reader.report(
        entry.key,
        "the access manifest has no service '\(entry.name)'\(Spelling.hint(for: entry.name, among: known))")
      return nil
    }
    if rights.isOfPeople {
      reader.report(
        entry.key, "the access manifest says that people use '\(entry.name)': no program runs as it")
    }
    let secrets = fields["secrets"].map { self.secrets($0.value, of: rights) } ?? []
    reportMissing(secrets, of: entry, with: rights)
    let program = fields["program"].flatMap { self.program($0, among: programs) }
    let port = fields["port"].flatMap { self.port($0) }
    let host = self.host(fields["host"], of: entry)
    let pods = fields["pods"].flatMap { self.pods($0) }
    let pool = fields["pool"].flatMap { reader.integer($0, within: 1...Self.maximumPool) }
    let cpu = fields["cpu"].flatMap { resource($0) }
    let memory = fields["memory"].flatMap { resource($0) }
    let (environment, local) = (variables(fields["environment"]), variables(fields["local"]))
    guard let program, let port, let host, let pods, let pool, let cpu, let memory,
      let podsField = fields["pods"]
    else { return nil }
    checkConnections(pods: pods, pool: pool, of: rights, at: podsField)
    return FleetService(
      name: entry.name, program: program.text, programLine: program.place.line ?? 0, port: port,
      host: host, environment: environment, local: local, secrets: secrets, pods: pods, pool: pool, cpu: cpu,
      memory: memory)
  }

  private mutating func program(_ entry: ManifestEntry, among known: [String]) -> ManifestWord? {
    guard let name = reader.text(entry.value, of: "'program'") else { return nil }
    guard known.contains(name) else {
      reader.report(
        entry.value, "programs has no '\(name)'\(Spelling.hint(for: name, among: known))")
      return nil
    }
    return ManifestWord(text: name, place: TextPlace(entry.value))
  }

  private mutating func port(_ entry: ManifestEntry) -> Int? {
    guard let port = reader.integer(entry, within: 1024...65_535) else { return nil }
    if let line = ports[port] {
      reader.report(entry.value, "port \(port) is used twice, first in line \(line)")
    }
    ports[port] = entry.value.mark?.line ?? 0
    return port
  }

  private mutating func host(_ field: ManifestEntry?, of entry: ManifestEntry) -> String? {
    guard let host = field.map({ reader.text($0.value, of: "'host'") }) ?? entry.name else { return nil }
    let place = field.map { TextPlace($0.value) } ?? entry.key
    guard AccountName.isValid(host) else {
      reader.report(place, "host '\(host)' must be one label of a host name, in lower case")
      return nil
    }
    if let line = hosts[host] { reader.report(place, "host '\(host)' is used twice, first in line \(line)") }
    hosts[host] = place.line ?? 0
    return host
  }

  /// `2`, or `2-5`.
  private mutating func pods(_ entry: ManifestEntry) -> ClosedRange<Int>? {
    guard let text = reader.text(entry.value, of: "'pods'") else { return nil }
    let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = bounds.first, let low = first, let last = bounds.last, let high = last,
      bounds.count <= 2,
      1 <= low, low <= high, high <= Self.maximumPods
    else {
      reader.report(entry.value, "'pods' must be a number such as 2, or a range such as 2-5, not '\(text)'")
      return nil
    }
    return low...high
  }

  /// `96Mi-256Mi`: what a pod has for sure, and its limit.
  private mutating func resource(_ entry: ManifestEntry) -> ResourceRange? {
    guard let text = reader.text(entry.value, of: "'\(entry.name)'") else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    let amounts = parts.map { ResourceAmount.parse($0, ofMemory: entry.name == "memory") }
    guard parts.count == 2, let request = amounts[0], let limit = amounts[1], request <= limit else {
      let example = entry.name == "memory" ? "96Mi-256Mi" : "100m-1"
      reader.report(
        entry.value, "'\(entry.name)' must be a request and a limit such as \(example), not '\(text)'")
      return nil
    }
    return ResourceRange(request: parts[0], limit: parts[1])
  }

  private mutating func variables(_ field: ManifestEntry?) -> [FleetVariable] {
    guard let field else { return [] }
    return reader.entries(field.value, of: field.name).compactMap { entry in
      guard isSetting(entry) else { return nil }
      return reader.text(entry.value, of: "'\(entry.name)'").map {
        FleetVariable(name: entry.name, value: $0)
      }
    }
  }

  private mutating func isSetting(_ entry: ManifestEntry) -> Bool {
    let bytes = entry.name.utf8
    let isName =
      bytes.first.map { (0x41...0x5A).contains($0) } ?? false
      && bytes.allSatisfy { (0x41...0x5A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    if !isName { reader.report(entry.key, "'\(entry.name)' is no name of a setting (upper case, digits, _)") }
    let isFree = !Self.reserved.contains(entry.name)
    if !isFree { reader.report(entry.key, "\(entry.name) comes from the manifests: it cannot be set here") }
    return isName && isFree
  }

  private mutating func secrets(_ node: Node, of rights: ServiceAccess) -> [FleetSecret] {
    let declared = rights.secrets.map(\.name)
    return reader.entries(node, of: "secrets").compactMap { entry in
      if !declared.contains(entry.name) {
        let hint = Spelling.hint(for: entry.name, among: declared)
        reader.report(
          entry.key, "the access manifest gives '\(rights.name)' no secret '\(entry.name)'\(hint)")
      }
      let fields = reader.fields(
        entry.value, of: "secret '\(entry.name)'", required: ["kind", "variable"])
      guard let kind = fields["kind"].flatMap({ self.kind($0) }),
        let variable = fields["variable"],
        let name = reader.text(variable.value, of: "'variable'"),
        isSetting(ManifestEntry(name: name, key: TextPlace(variable.value), value: variable.value))
      else { return nil }
      return FleetSecret(name: entry.name, kind: kind, variable: name)
    }
  }

  private mutating func kind(_ entry: ManifestEntry) -> SecretKind? {
    guard let word = reader.text(entry.value, of: "'kind'") else { return nil }
    if let kind = SecretKind(rawValue: word) { return kind }
    let known = SecretKind.allCases.map(\.rawValue)
    reader.report(
      entry.value,
      "unknown kind '\(word)': expected one of \(known.joined(separator: ", "))\(Spelling.hint(for: word, among: known))"
    )
    return nil
  }

  private mutating func reportMissing(
    _ secrets: [FleetSecret], of entry: ManifestEntry, with rights: ServiceAccess
  ) {
    for secret in rights.secrets where !secrets.contains(where: { $0.name == secret.name }) {
      reader.report(
        entry.key,
        "service '\(entry.name)' lacks the kind and the variable of its secret '\(secret.name)'")
    }
  }

  /// Stopping pods keep their connections while as many new ones start; each has one more for its health check.
  private mutating func checkConnections(
    pods: ClosedRange<Int>, pool: Int, of rights: ServiceAccess, at entry: ManifestEntry
  ) {
    guard let account = access.databaseAccount(named: rights.databaseAccount),
      let limit = account.limits.connections
    else { return }
    let needed = 2 * pods.upperBound * (pool + 1)
    if needed > limit {
      reader.report(
        entry.value,
        "a roll-out of \(rights.name) needs 2 x \(pods.upperBound) pods x \(pool + 1) connections = \(needed), and \(account.name) may have \(limit)"
      )
    }
  }
}

/// An amount of processor time or memory in Kubernetes' units.
enum ResourceAmount {
  private static let memory = ["Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30]

  /// The amount in thousandths of a processor, or in bytes; nil for another form.
  static func parse(_ text: String, ofMemory: Bool) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let unit = String(text.dropFirst(digits.count))
    let factor = ofMemory ? memory[unit] : (unit == "m" ? 1 : unit.isEmpty ? 1000 : nil)
    guard let factor, let count = Int(digits), (1...1_000_000).contains(count) else { return nil }
    return count * factor
  }
}
