-- sysbench: one prepared statement with one key, as often as it goes.
sysbench.cmdline.options = {
  statement = {"The statement, with one placeholder", ""},
  key = {"The value of the placeholder", 0},
}

function thread_init()
  connection = sysbench.sql.driver():connect()
  statement = connection:prepare(sysbench.opt.statement)
  key = statement:bind_create(sysbench.sql.type.BIGINT)
  statement:bind_param(key)
end

function event()
  key:set(sysbench.opt.key)
  statement:execute()
end

function thread_done()
  statement:close()
  connection:disconnect()
end
