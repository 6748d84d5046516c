import AccessLint
import AccessManifest

/// The values that templates can use: those of the fleet, and those of each service.
struct RenderingContext: Sendable {
  /// The values of the fleet. `services` and its parts are lists of the services' values.
  let fleet: Template.Context
  /// The values of each service, by name, in the manifest's order.
  let services: [(String, Template.Context)]

  init(_ manifest: FleetManifest, _ access: AccessManifest) {
    let names = Set(manifest.services.flatMap { $0.environment + $0.local }.map(\.name))
    var built: Set<String> = []
    services = manifest.services.compactMap { service in
      access.services.first { $0.name == service.name }.map { rights in
        let builds = built.insert(service.program).inserted
        return (service.name, ServiceValues(service, rights, builds: builds, settings: names).context)
      }
    }
    let lists = services.map(\.1)
    let programs = manifest.programs.map { program in
      let ports = manifest.services.filter { $0.program == program.name }.map { String($0.port) }
      return [
        "program": .text(program.name),
        "description": .text(program.description.filter { !"\"\\\n$".contains($0) }),
        "ports": .text(ports.joined(separator: " ")),
      ] as Template.Context
    }
    fleet = [
      "services": .list(lists), "programs": .list(programs),
      "program_names": .text(manifest.programs.map(\.name).joined(separator: " ")),
      "edge_services": .list(zip(manifest.services, lists).filter { Self.isOpen($0.0, access) }.map(\.1)),
      "people": .list(
        access.services.filter(\.isOfPeople).map {
          ["name": .text($0.name), "database_account": .text($0.databaseAccount)]
        }),
      "database_administrator": .text(access.administrators.databaseAccount),
      "cache_administrator": .text(access.administrators.cacheAccount),
      "signer": .list(zip(manifest.services, lists).filter { $0.0.signsTokens }.map(\.1)),
      "max_connections": .number(Self.connections(access)),
      "database_pids": .number(Self.connections(access) + Self.processesBeside),
    ]
  }

  /// What an engine's container runs beside the process or thread of each connection: the engine's own, and the checks.
  private static let processesBeside = 200
  /// The connections of an engine without settings, where the manifest names no number and the limits fit into it.
  private static let usualConnections = 100

  /// The connections that the engines accept: the manifest's number, or as many as the accounts' limits need.
  private static func connections(_ access: AccessManifest) -> Int {
    let needed = AccessLint.wantedConnections(of: access) + AccessLint.reservedConnections
    return access.lint.serverConnections ?? max(usualConnections, needed)
  }

  private static func isOpen(_ service: FleetService, _ access: AccessManifest) -> Bool {
    access.services.first { $0.name == service.name }?.network.contains { $0.side == .edge } ?? false
  }
}

/// The values of one service for the templates.
struct ServiceValues {
  let service: FleetService
  let rights: ServiceAccess
  /// Whether this service is the first of its program, whose entry builds the image.
  let builds: Bool
  /// Every setting that a manifest's service has. `with_NAME` is a section for each.
  let settings: Set<String>

  init(_ service: FleetService, _ rights: ServiceAccess, builds: Bool, settings: Set<String>) {
    (self.service, self.rights, self.builds, self.settings) = (service, rights, builds, settings)
  }

  var context: Template.Context {
    var context: Template.Context = [
      "name": .text(service.name), "program": .text(service.program), "port": .number(service.port),
      "host": .text(service.host), "port_variable": .text(portVariable),
      // Written here, because it would end in the template like a tag.
      "port_default": .text("${\(portVariable):-\(service.port)}"), "pool": .number(service.pool),
      "builds": .flag(builds),
      "database_account": .text(rights.databaseAccount),
      "cache": .list((rights.cacheAccount.map { [["cache_account": .text($0)]] }) ?? []),
      "environment": .list(service.environment.map(Self.variable)),
      "local": .list(service.local.map(Self.variable)),
      "secrets": .list(service.secrets.map(Self.secret)),
      "files": .text(files.joined(separator: ", ")),
      "signs_tokens": .flag(service.signsTokens),
      "edge": reasons(.edge), "outside": reasons(.outside),
    ]
    for name in settings {
      let variables = service.environment.filter { $0.name == name }
      context["with_\(name)"] = .list(variables.map(Self.variable))
    }
    return context.merging(resources) { $1 }
  }

  /// The variable that moves its published port in compose.
  private var portVariable: String { "\(service.host.uppercased().replacing("-", with: "_"))_PORT" }

  /// The names of all its secret files in compose.
  private var files: [String] {
    [rights.databaseAccount, rights.cacheAccount].compactMap { $0 } + service.secrets.map(\.file)
  }

  private var resources: Template.Context {
    let (low, high) = (service.pods.lowerBound, service.pods.upperBound)
    return [
      "fixed": .list(low == high ? [["pods": .number(low)]] : []),
      "scaled": .list(low < high ? [["min_pods": .number(low), "max_pods": .number(high)]] : []),
      "cpu_request": .text(YAMLText.scalar(service.cpu.request)),
      "cpu_limit": .text(YAMLText.scalar(service.cpu.limit)),
      "memory_request": .text(service.memory.request), "memory_limit": .text(service.memory.limit),
      // Compose writes units without the i, and means the same.
      "compose_memory": .text(service.memory.limit.replacing("i", with: "")),
      "compose_cpus": .text(Self.processors(service.cpu.limit)),
    ]
  }

  private func reasons(_ side: NetworkSide) -> TemplateValue {
    .list(
      rights.network.filter { $0.side == side }.map {
        ["reason": .text($0.reason.replacing("\n", with: " "))]
      })
  }

  private static func variable(_ variable: FleetVariable) -> Template.Context {
    [
      "variable": .text(variable.name), "value": .text(variable.value),
      // Compose replaces `$NAME`, and `$$` is a dollar.
      "compose_value": .text(YAMLText.scalar(variable.value.replacing("$", with: "$$"))),
      "literal": .text(YAMLText.scalar("\(variable.name)=\(variable.value)")),
    ]
  }

  private static func secret(_ secret: FleetSecret) -> Template.Context {
    [
      "secret": .text(secret.name), "file": .text(secret.file), "kind": .text(secret.kind.rawValue),
      "variable": .text(secret.variable),
    ]
  }

  /// `100m` as `0.1`, and `1` as `1.0`.
  private static func processors(_ amount: String) -> String {
    guard amount.hasSuffix("m"), let thousandths = Double(amount.dropLast()) else { return "\(amount).0" }
    return "\(thousandths / 1000)"
  }
}

/// Scalars of YAML.
enum YAMLText {
  /// The text as a scalar that a parser reads as text: plain where that is certain, else in double quotes.
  static func scalar(_ text: String) -> String {
    let isPlain =
      text.utf8.first.map(isLetter) ?? false
      && text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || "-_./=,".utf8.contains($0) }
      && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(text.lowercased())
    // `100m` begins with a digit, and is no number.
    let isAmount = text.hasSuffix("m") && Int(text.dropLast()) != nil
    if isPlain || isAmount { return text }
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n").replacing("\t", with: "\\t")
    return "\"\(escaped)\""
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
