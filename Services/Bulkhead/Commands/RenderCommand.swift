import ArgumentParser
import Foundation
import Runtime

/// `bulkhead render`: writes the files that deploy the fleet, from both manifests.
struct RenderCommand: ToolCommand {
  /// What to write. The forms without files of the checkout depend on this machine, or go to standard output.
  enum Form: String, CaseIterable, ExpressibleByArgument {
    case compose, kubernetes, programs, diagram, env, network

    /// The files of the checkout; nil for a form that has none.
    var files: FleetRendering.Form? { FleetRendering.Form(rawValue: rawValue) }
  }

  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Write the files that deploy the fleet, from the manifests and the templates.",
    discussion: """
      compose writes docker-compose.yml and its configuration, kubernetes the base and what depends on the list of \
      services, programs the Dockerfile and generated sources, diagram docs/network.md. Without a form, these four.
      env writes .bulkhead/env/SERVICE.env: the environment that `bulkhead up` gives each service, to run one by hand \
      with `set -a; . .bulkhead/env/SERVICE.env`. It creates missing keys and credentials, and connects to nothing.
      network prints who may call whom, and on whose account or why.
      """)

  @Argument(help: "What to write: compose, kubernetes, programs, diagram, env or network.")
  var forms: [Form] = []

  @Flag(help: "Write nothing; exit code 2 where a file differs.")
  var check = false

  @OptionGroup var ports: PortOptions

  func validate() throws {
    let unchecked = forms.filter { $0.files == nil }
    guard check, let first = unchecked.first else { return }
    throw ValidationError("--check compares files of the checkout, and \(first.rawValue) has none")
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    if forms.contains(.network) {
      let edges = FleetEdge.all(of: try context.fleetManifest(), context.manifest)
      context.console.printDocument(FleetEdge.table(edges))
    }
    if forms.contains(.env) { try writeEnvironments(on: context) }
    let files = forms.isEmpty ? FleetRendering.Form.allCases : forms.compactMap(\.files)
    return files.isEmpty ? .success : try render(files, on: context)
  }

  private func render(_ forms: [FleetRendering.Form], on context: ToolContext) throws -> Runtime.ExitCode {
    let console = context.console
    let rendering = try context.fleetRendering()
    var changed = 0
    for form in forms {
      let (written, stale) = try rendering.differences(form, in: context.checkout)
      for path in written.keys.sorted() {
        console.print("\(check ? "differs" : "written") \(path)")
        if !check { try write(written[path] ?? "", to: context.checkout.appendingPathComponent(path)) }
      }
      for path in stale {
        console.print("\(check ? "stale" : "removed") \(path)")
        if !check { try FileManager.default.removeItem(at: context.checkout.appendingPathComponent(path)) }
      }
      changed += written.count + stale.count
    }
    if changed == 0 { console.progress("every rendered file matches the manifests") }
    return check && changed > 0 ? .difference : .success
  }

  /// The files name keys and credentials, so these exist afterwards.
  private func writeEnvironments(on context: ToolContext) throws {
    let fleet = try context.fleetOfManifest(droppingRetired: false)
    let manifest = try context.fleetManifest()
    let keys = FleetKeys(directory: context.folder("keys"))
    let environment = FleetEnvironment(
      of: fleet, keys: keys, passingOn: ProcessInfo.processInfo.environment)
    let files = EnvironmentFiles(directory: context.folder("env"))
    try keys.prepare(for: manifest)
    _ = try context.credentials.createMissing(for: context.manifest.credentialNames)
    for member in try ports.members(of: manifest, in: context.settings) {
      guard let rights = context.manifest.services.first(where: { $0.name == member.name }) else { continue }
      try files.write(environment.variables(for: member, of: rights), of: member.name)
      context.console.print("written \(files.path(of: member.name))")
    }
  }

  private func write(_ text: String, to file: URL) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try OutputFile(file.path).writeOrFail(text)
  }
}
