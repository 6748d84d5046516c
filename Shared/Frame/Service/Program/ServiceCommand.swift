import EventLoop
import Glibc
import HTTPClient
import Logging
import Runtime
import Transport

/// One run of a service's program, by its arguments, with its exit code.
struct ServiceCommand: Sendable {
  private enum Request {
    case checkConfiguration, health, version, help
    /// Until a signal, or also until the end of standard input.
    case serve(endsWithInput: Bool)
    case wait(seconds: Int)
  }

  let program: String
  let environment: @Sendable () -> EnvironmentReader
  let output: ProgramOutput
  /// The signals that end a wait.
  let endingSignals: [Int32]
  let make: @Sendable (inout EnvironmentReader) -> any ServiceDefinition

  init(
    program: String, environment: @escaping @Sendable () -> EnvironmentReader = { .process() },
    output: ProgramOutput = .standard, endingSignals: [Int32] = Signals.termination,
    make: @escaping @Sendable (inout EnvironmentReader) -> any ServiceDefinition
  ) {
    self.program = program
    self.environment = environment
    self.output = output
    self.endingSignals = endingSignals
    self.make = make
  }

  /// Runs the command that the arguments name; serving ends with a signal.
  func run(_ arguments: [String]) async -> ExitCode {
    guard let request = Self.request(arguments) else {
      output.complain("\(program): unknown argument\n\n\(Self.usage(program))")
      return .usage
    }
    switch request {
    case .version: return answer("\(program) \(ServiceVersion.current)")
    case .help: return answer(Self.usage(program))
    case .checkConfiguration:
      return await configured(checksKey: true) { setup in
        for warning in setup.configuration.warnings { output.complain("\(program): warning: \(warning)") }
        return answer("\(program): the configuration is valid")
      }
    case .health: return await configured { await health($0.configuration.listener) }
    case .wait(let seconds): return await configured { await wait($0, seconds: seconds) }
    case .serve(let endsWithInput): return await configured { await serve($0, endsWithInput: endsWithInput) }
    }
  }

  private static func request(_ arguments: [String]) -> Request? {
    switch arguments {
    case []: .serve(endsWithInput: false)
    case [ServiceMain.endWithInput]: .serve(endsWithInput: true)
    case ["--check-config"]: .checkConfiguration
    case ["health"]: .health
    case ["wait"]: .wait(seconds: defaultWaitSeconds)
    case let words where words.count == 3 && words.starts(with: ["wait", "--timeout"]):
      Int(words[2]).flatMap { waitSeconds.contains($0) ? .wait(seconds: $0) : nil }
    case ["--version"]: .version
    case ["--help"], ["-h"]: .help
    default: nil
    }
  }

  func answer(_ text: String) -> ExitCode {
    output.answer(text)
    return .success
  }

  /// Reads the whole configuration, or reports every problem in it. A start reads the token key after the database's checks,
  /// and the other commands do not use it.
  private func configured(
    checksKey: Bool = false, _ body: (ServiceSetup) async -> ExitCode
  ) async -> ExitCode {
    do throws(ConfigurationProblems) {
      return await body(try ServiceSetup(reading: environment(), checksKey: checksKey, make: make))
    } catch {
      output.complain("\(program): the configuration is not valid\n\(error)")
      return .configuration
    }
  }

  /// Requests the running service's readiness, for probes that can only run a command.
  private func health(_ listener: ListenerSettings) async -> ExitCode {
    let everywhere = ["0.0.0.0", "::"].contains(listener.host)
    let address = Endpoint(
      host: everywhere ? "127.0.0.1" : listener.host, port: listener.probePort ?? listener.port)
    do {
      // The service on this machine is itself; its certificate names it as its clients do. The probes' port is plain.
      let files = listener.probePort == nil ? listener.certificates?.files : nil
      let response = try await HTTPClient.send(
        .get, "\(files == nil ? "http" : "https")://\(address)/readyz", verification: .none,
        identity: files?.clientAuthorities == nil ? nil : files)
      output.answer(String(decoding: response.body, as: UTF8.self))
      return response.status == .ok ? .success : .failure
    } catch {
      output.complain("\(program): \(address) does not answer: \(error)")
      return .failure
    }
  }

  private func serve(_ setup: ServiceSetup, endsWithInput: Bool) async -> ExitCode {
    let (name, settings) = (setup.definition.name, setup.configuration.log)
    let metrics = MetricRegistry()
    LineLogHandler.install(service: name, settings: settings, sink: output.complaints)
    let logger = Logger.program(name, settings: settings, sink: output.complaints)
    for warning in setup.configuration.warnings {
      logger.warning(
        "doubtful setting", metadata: ["variable": "\(warning.variable)", "reason": "\(warning.message)"])
    }
    let termination = TerminationRequest { signal in
      logger.info("stopped before it was ready", metadata: ["signal": "\(signal)"])
      ExitCode.success.exit()
    }
    let observation = Signals.observe(Signals.termination, handler: termination.request)
    if endsWithInput { Self.stopAtEndOfInput() }
    let reload = ReloadRequest(logger: logger)
    defer { withExtendedLifetime((observation, reload)) {} }
    do {
      let service = try await RunningService.start(
        setup.definition, setup.configuration, logger: logger, metrics: metrics,
        sink: output.complaints)
      termination.beginServing()
      let reloading = Task { await reload.serve(service.certificates) }
      defer { reloading.cancel() }
      let signal = await termination.arrival()
      logger.info("stopping", metadata: ["signal": "\(signal)"])
      await service.stop()
      logger.info("stopped")
      return .success
    } catch {
      logger.critical("not started: \(error)")
      return (error as? StartFailure)?.exitCode ?? .failure
    }
  }
}

extension ServiceCommand {
  /// Stops this process in order, as SIGTERM does, when its standard input has ended.
  private static func stopAtEndOfInput() {
    // Without a thread the program outlives its starter, and serves.
    _ = BlockingThread.start(name: "input") {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count > 0 || (count < 0 && errno == EINTR) { continue }
        break
      }
      kill(getpid(), SIGTERM)
    }
  }

  /// The text of `--help`.
  static func usage(_ program: String) -> String {
    """
    \(program): one of the services of Bulkhead

      \(program)                  serves until SIGTERM or SIGINT
      \(program) --end-with-input serves until standard input ends, too
      \(program) --check-config   checks the configuration and reports every problem at once
      \(program) health           reports whether the running service is ready
      \(program) wait             waits for the database and its schema, then ends [--timeout SECONDS]
      \(program) --version        prints the version
      \(program) --help           prints this text

    Settings come from the environment; each may be given as NAME_FILE too:
      DATABASE_URL, or DB_TYPE DB_HOST DB_PORT DB_NAME DB_USER DB_PASS DB_TLS DB_CA_FILE
      DB_POOL_SIZE DB_MAX_RETRIES DB_RETRY_DELAY DB_PREPARED_STATEMENTS DB_SERVER_PUBLIC_KEY_FILE (a path)
      CACHE_TYPE CACHE_HOST CACHE_PORT CACHE_USER CACHE_PASS CACHE_TLS CACHE_CA_FILE
      HTTP_HOST HTTP_PORT HTTP_REQUEST_TIMEOUT HTTP_MAX_CONNECTIONS HTTP_MAX_CONNECTIONS_PER_ADDRESS
      HTTP_TLS_CERT_FILE HTTP_TLS_KEY_FILE HTTP_TLS_CLIENT_CA_FILE (paths; SIGHUP reads them again)
      HTTP_MAX_REQUESTS HTTP_QUEUE_MS HTTP_MAX_UNSENT_BYTES HTTP_MAX_UNSENT_BYTES_PER_CONNECTION
      HTTP_MAX_INCOMPLETE_BYTES HTTP_MIN_BYTES_PER_SECOND HTTP_TRUSTED_PROXIES HTTP_CORS_ORIGINS PROBE_PORT
      HTTP_MAX_HEADER_BYTES HTTP_MAX_BODY_BYTES HTTP_HEADER_TIMEOUT HTTP_BODY_TIMEOUT HTTP_IDLE_TIMEOUT
      TOKEN_KEY_FILE, JWKS_FILE or JWKS_URL; USER_CHANGES
      LOG_LEVEL LOG_FORMAT LOG_SLOW_MS LOG_SLOW_PLAN SHUTDOWN_DELAY SHUTDOWN_TIMEOUT
      backend-api: HASH_QUEUE_MS SIGN_IN_FAILURES SIGN_UPS MAIL_OUTBOX
        ACCESS_TOKEN_SECONDS SESSION_IDLE_SECONDS SESSION_SECONDS
      connector: WEBHOOK_KEY WEBHOOK_ALLOWED_HOSTS WEBHOOK_TIMEOUT, or PLATFORM PLATFORM_SECRET
      analytics: ROLE ROLLUP_INTERVAL

    Exit codes: 0 done, 1 error, 64 wrong usage, 78 wrong configuration
    """
  }
}

/// A definition and its configuration, read together so that one start reports every problem.
struct ServiceSetup: Sendable {
  let definition: any ServiceDefinition
  let configuration: ServiceConfiguration

  init(
    reading environment: consuming EnvironmentReader, checksKey: Bool = false,
    make: (inout EnvironmentReader) -> any ServiceDefinition
  ) throws(ConfigurationProblems) {
    var environment = environment
    definition = make(&environment)
    configuration = try ServiceConfiguration(
      name: definition.name, defaultPort: definition.defaultPort, tokenKey: definition.tokenKey,
      engines: definition.engines, reading: &environment, cores: EventLoopGroup.processorCount,
      isTerminal: isatty(STDERR_FILENO) == 1
    ) { if checksKey { TokenAuthority.check($0, &$1) } }
  }
}

/// Where a program writes its results and its errors: standard output and standard error, or a test's sinks.
struct ProgramOutput: Sendable {
  let answers: LogSink
  let complaints: LogSink

  static let standard = ProgramOutput(answers: .standardOutput, complaints: .standardError)

  /// Writes a result.
  func answer(_ text: String) { answers.write(Array("\(text)\n".utf8)) }

  /// Writes an error.
  func complain(_ text: String) { complaints.write(Array("\(text)\n".utf8)) }
}
