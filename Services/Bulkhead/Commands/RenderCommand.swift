import ArgumentParser
import Foundation
import Runtime

/// `bulkhead render`: writes the files that deploy the fleet, from both manifests.
struct RenderCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "render",
    abstract: "Write the files that deploy the fleet, from the manifests and the templates.",
    discussion: """
      compose writes docker-compose.yml and its configuration, kubernetes the base and what depends on the list of \
      services, programs the Dockerfile and generated sources, diagram docs/network.md. Without a form, all of them.
      """)

  @Argument(help: "What to write: compose, kubernetes, programs or diagram.")
  var forms: [FleetRendering.Form] = []

  @Flag(help: "Write nothing; exit code 2 where a file differs.")
  var check = false

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let rendering = try context.fleetRendering()
    var changed = 0
    for form in forms.isEmpty ? FleetRendering.Form.allCases : forms {
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

  private func write(_ text: String, to file: URL) throws {
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file, options: .atomic)
  }
}

extension FleetRendering.Form: ExpressibleByArgument {}
