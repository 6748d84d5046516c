extension ServiceCommand {
  /// What `--help` answers.
  static func usage(_ program: String) -> String {
    """
    \(program): one of the services of Bulkhead

      \(program)                  serves until SIGTERM or SIGINT
      \(program) --check-config   checks the configuration, tells every problem at once
      \(program) health           asks the running service whether it is ready
      \(program) wait             waits for the database and its schema, then ends [--timeout SECONDS]
      \(program) --version        tells the version
      \(program) --help           this text

    Settings come from the environment; each may be given as NAME_FILE too:
      DATABASE_URL, or DB_TYPE DB_HOST DB_PORT DB_NAME DB_USER DB_PASS DB_TLS DB_CA_FILE
      DB_POOL_SIZE DB_MAX_RETRIES DB_RETRY_DELAY
      CACHE_TYPE CACHE_HOST CACHE_PORT CACHE_USER CACHE_PASS CACHE_TLS CACHE_CA_FILE
      HTTP_HOST HTTP_PORT  TOKEN_KEY_FILE, JWKS_FILE or JWKS_URL
      LOG_LEVEL LOG_FORMAT SHUTDOWN_DELAY SHUTDOWN_TIMEOUT
      connector: WEBHOOK_KEY, or PLATFORM PLATFORM_SECRET    analytics: ROLE ROLLUP_INTERVAL

    Exit codes: 0 done, 1 error, 64 wrong usage, 78 wrong configuration
    """
  }
}
