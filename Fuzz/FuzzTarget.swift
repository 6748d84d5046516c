import Glibc
import Synchronization

/// What is fuzzed: each reads bytes that a client, a server or a file has sent.
enum FuzzTarget: String, CaseIterable {
  case request
  case chunked
  case response
  case json
  case router
  case token
  case manifest
  case postgres
  case resp

  private static let selected = Mutex<FuzzTarget>(.request)
  /// Whether each target has its planted crash (`make fuzz ARGS=--self-test`).
  private static let isSelfTest = getenv("FUZZ_SELF_TEST") != nil

  static var current: FuzzTarget { selected.withLock { $0 } }

  func select() { Self.selected.withLock { $0 = self } }

  /// Runs the target on one input, and stops the process where a property does not hold.
  func check(_ input: UnsafeRawBufferPointer) {
    switch self {
    case .request: RequestTarget.check(input)
    case .chunked: ChunkedTarget.check(input)
    case .response: ResponseTarget.check(input)
    case .json: JSONTarget.check(input)
    case .router: RouterTarget.check(input)
    case .token: TokenTarget.check(input)
    case .manifest: ManifestTarget.check(input)
    case .postgres: PostgresTarget.check(input)
    case .resp: ReplyTarget.check(input)
    }
  }

  /// Crashes in a self-test, where the input has got as far as this. No seed may get there: the fuzzer must find the way.
  static func plant(where reached: @autoclosure () -> Bool) {
    if isSelfTest, reached() { fatalError("the planted crash") }
  }
}

/// Stops the process, which the fuzzer reports with the input.
func demand(_ holds: Bool, _ property: @autoclosure () -> String) {
  if !holds { fatalError("violated: \(property())") }
}
