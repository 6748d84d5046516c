import HTTP
import Routing

/// The files of the page, which the build puts into the program: a page beside its program could be replaced, and the
/// tool stays one file. They hold no value of the fleet and no secret.
enum WebConsolePage {
  private struct File {
    let path: String
    let contentType: String
    let bytes: [UInt8]

    static func script(_ name: String, _ bytes: [UInt8]) -> File {
      File(path: "/\(name).js", contentType: "text/javascript; charset=utf-8", bytes: bytes)
    }
  }

  private static let files = [
    File(path: "/", contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html),
    File(path: "/console.css", contentType: "text/css; charset=utf-8", bytes: PackageResources.console_css),
    File(path: "/icon.svg", contentType: "image/svg+xml", bytes: PackageResources.icon_svg),
    .script("console", PackageResources.console_js), .script("elements", PackageResources.elements_js),
    .script("requests", PackageResources.requests_js), .script("fleet", PackageResources.fleet_js),
    .script("drift", PackageResources.drift_js), .script("matrix", PackageResources.matrix_js),
    .script("attempt", PackageResources.attempt_js), .script("rights", PackageResources.rights_js),
  ]

  /// The paths that need no token.
  static let paths = Set(files.map(\.path))

  /// Adds a route for each file.
  static func add(to router: inout Router) {
    for file in files {
      let response = Response(status: .ok, headers: ["Content-Type": file.contentType], body: file.bytes)
      router.get(file.path, summary: "A file of the page", access: .anyone, traits: .anyQuery) { _, _ in
        response
      }
    }
  }
}
