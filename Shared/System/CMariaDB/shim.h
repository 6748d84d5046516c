// libmariadb with constants that are macros of a form that Swift does not import.
#ifndef BULKHEAD_CMARIADB_H
#define BULKHEAD_CMARIADB_H

#include <stddef.h>

#include <mysql.h>
#include <mysql/plugin_auth.h>

static const unsigned long BULKHEAD_CLIENT_FOUND_ROWS = CLIENT_FOUND_ROWS;

// <mysql/client_plugin.h> declares the same, and includes a header that Debian does not install.
struct st_mysql_client_plugin *mysql_client_register_plugin(MYSQL *connection, struct st_mysql_client_plugin *plugin);

typedef int (*bulkhead_sign_in)(MYSQL_PLUGIN_VIO *channel, MYSQL *connection);

// A plugin of the kind "authentication" (2). Version 3.4 of the library added the last member.
struct bulkhead_authentication_plugin {
  MYSQL_CLIENT_PLUGIN_HEADER
  bulkhead_sign_in sign_in;
  void *hash;
};

// Makes the library use `sign_in` for an authentication method, in place of a plugin of its own. Returns 0 where it does
// not. `name` stays in memory for ever.
static inline int bulkhead_register_sign_in(MYSQL *connection, const char *name, bulkhead_sign_in sign_in) {
  static struct bulkhead_authentication_plugin plugin;
  plugin.type = 2;
#if defined(MARIADB_PACKAGE_VERSION_ID) && MARIADB_PACKAGE_VERSION_ID >= 30400
  plugin.interface_version = 0x0101;
#else
  plugin.interface_version = 0x0100;
#endif
  plugin.name = name;
  plugin.author = plugin.desc = plugin.license = "";
  plugin.sign_in = sign_in;
  return mysql_client_register_plugin(connection, (struct st_mysql_client_plugin *)&plugin) != NULL;
}

// The pointer that was bound to the connection under a name; NULL where none was.
static inline void *bulkhead_bound_pointer(MYSQL *connection, const char *name) {
  void *pointer = NULL;
  mysql_get_optionv(connection, MARIADB_OPT_USERDATA, (void *)name, &pointer);
  return pointer;
}

#endif
