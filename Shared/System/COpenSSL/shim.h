// OpenSSL's function-like macros, which Swift does not import.
#ifndef BULKHEAD_COPENSSL_SHIM_H
#define BULKHEAD_COPENSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// The SHA-256 of the bytes. Looking the algorithm up takes as long as hashing a short text, so that happens once for the
// process. Two threads may do it at the same time; one result is then released.
static inline int bulkhead_sha256(const void *bytes, size_t count, unsigned char *digest) {
  static EVP_MD *known;
  EVP_MD *algorithm = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
  if (!algorithm) {
    EVP_MD *fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (!fetched) return 0;
    if (__atomic_compare_exchange_n(&known, &algorithm, fetched, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
      algorithm = fetched;
    } else {
      EVP_MD_free(fetched);
    }
  }
  return EVP_Digest(bytes, count, digest, NULL, algorithm, NULL);
}

// Sets TLS 1.2 as the minimum version, and disables renegotiation and compression. A read returns after each record without
// data, so that the session can end before it reads further ones.
static inline int bulkhead_ssl_restrict(SSL_CTX *context) {
  SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

static inline void bulkhead_ssl_count_message(int is_written, int version, int kind, const void *bytes, size_t length,
                                              SSL *session, void *count) {
  (void)version, (void)bytes, (void)length, (void)session;
  if (!is_written && (kind == SSL3_RT_HANDSHAKE || kind == SSL3_RT_ALERT)) ++*(uint32_t *)count;
}

// Counts the messages of the protocol that arrive; data is none.
static inline void bulkhead_ssl_count_messages(SSL *session, uint32_t *count) {
  SSL_set_msg_callback(session, bulkhead_ssl_count_message);
  SSL_set_msg_callback_arg(session, count);
}

static inline int bulkhead_ssl_set_highest_version(SSL_CTX *context, int version) {
  return SSL_CTX_set_max_proto_version(context, version);
}

static inline int bulkhead_ssl_set_server_name(SSL *session, const char *name) {
  return (int)SSL_set_tlsext_host_name(session, name);
}

// Chooses HTTP/1.1 from the client's list (RFC 7301). A client that offers only other protocols gets an alert.
static inline int bulkhead_ssl_choose_http(SSL *session, const unsigned char **chosen, unsigned char *length,
                                           const unsigned char *offer, unsigned int offer_length, void *unused) {
  static const unsigned char http[] = "\x08http/1.1";
  (void)session, (void)unused;
  int result = SSL_select_next_proto((unsigned char **)chosen, length, http, sizeof(http) - 1, offer, offer_length);
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static inline int bulkhead_ssl_set_groups(SSL_CTX *context, const char *groups) {
  return (int)SSL_CTX_set1_groups_list(context, groups);
}

// What a listener needs beside its ciphers: curves, HTTP/1.1, sessions in tickets alone, and no buffers for idle
// connections.
static inline int bulkhead_ssl_listen(SSL_CTX *context, const char *groups, long session_seconds) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(context, session_seconds);
  SSL_CTX_set_alpn_select_cb(context, bulkhead_ssl_choose_http, NULL);
  return bulkhead_ssl_set_groups(context, groups);
}

// Verifies a client's certificate, and accepts the one that the listener itself presents. The handshake proves that the
// client has its key.
static inline int bulkhead_ssl_verify_client(X509_STORE_CTX *store, void *unused) {
  SSL *session = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  X509 *own = session ? SSL_get_certificate(session) : NULL;
  X509 *peer = X509_STORE_CTX_get0_cert(store);
  (void)unused;
  if (own && peer && X509_cmp(own, peer) == 0) {
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
  }
  return X509_verify_cert(store);
}

// OpenSSL's own limit is 100 KiB.
static inline void bulkhead_ssl_limit_certificates(SSL_CTX *context, long bytes) {
  SSL_CTX_set_max_cert_list(context, bytes);
}

static inline void bulkhead_ssl_accept_own_certificate(SSL_CTX *context) {
  SSL_CTX_set_cert_verify_callback(context, bulkhead_ssl_verify_client, NULL);
}

// Presents the certificate of another context, with its chain and its key; 0 on failure.
static inline int bulkhead_ssl_adopt_certificate(SSL_CTX *context, SSL_CTX *other) {
  STACK_OF(X509) *chain = NULL;
  X509 *certificate = SSL_CTX_get0_certificate(other);
  EVP_PKEY *key = SSL_CTX_get0_privatekey(other);
  if (!certificate || !key || !SSL_CTX_get0_chain_certs(other, &chain)) return 0;
  return SSL_CTX_use_cert_and_key(context, certificate, key, chain, 1) == 1;
}

// No session continues: neither by a ticket nor by a number.
static inline int bulkhead_ssl_no_tickets(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  return SSL_CTX_set_num_tickets(context, 0);
}

// Replaces the authorities, and the names of them that clients see, by those of another context; 0 on failure.
static inline int bulkhead_ssl_adopt_authorities(SSL_CTX *context, SSL_CTX *other) {
  STACK_OF(X509_NAME) *names = SSL_dup_CA_list(SSL_CTX_get_client_CA_list(other));
  if (!names) return 0;
  SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(other));
  SSL_CTX_set_client_CA_list(context, names);
  return 1;
}

// The place of the first certificate in the presented chain that did not sign the one before it; 0 when each did.
static inline int bulkhead_ssl_chain_break(SSL_CTX *context) {
  STACK_OF(X509) *chain = NULL;
  X509 *signed_one = SSL_CTX_get0_certificate(context);
  if (!signed_one || !SSL_CTX_get0_chain_certs(context, &chain) || !chain) return 0;
  for (int index = 0; index < sk_X509_num(chain); index++) {
    X509 *signer = sk_X509_value(chain, index);
    if (X509_check_issued(signer, signed_one) != X509_V_OK) return index + 2;
    signed_one = signer;
  }
  return 0;
}

// The number of trusted certificates that are authorities and valid now; -1 without memory.
static inline int bulkhead_ssl_usable_authorities(SSL_CTX *context) {
  STACK_OF(X509) *all = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context));
  int count = 0;
  if (!all) return -1;
  for (int index = 0; index < sk_X509_num(all); index++) {
    X509 *one = sk_X509_value(all, index);
    if (X509_check_ca(one) != 0 && X509_cmp_current_time(X509_get0_notBefore(one)) < 0 &&
        X509_cmp_current_time(X509_get0_notAfter(one)) > 0)
      count++;
  }
  sk_X509_pop_free(all, X509_free);
  return count;
}

// Prepares the encryption of one session ticket: AES-256-CBC, then HMAC-SHA256 (RFC 5077, section 4).
static inline int bulkhead_ssl_prepare_ticket(EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, const unsigned char *cipher_key,
                                              unsigned char *mac_key, size_t mac_key_length, const unsigned char *iv,
                                              int encrypt) {
  char digest[] = "SHA256";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, mac_key, mac_key_length),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end(),
  };
  return EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), NULL, cipher_key, iv, encrypt) == 1 &&
         EVP_MAC_CTX_set_params(mac, parameters) == 1;
}

// Gives OpenSSL no passphrase. Its default is to ask for one on the terminal.
static inline int bulkhead_ssl_no_passphrase(char *buffer, int size, int writing, void *unused) {
  (void)buffer, (void)size, (void)writing, (void)unused;
  return 0;
}

static inline void bulkhead_ssl_set_no_passphrase(SSL_CTX *context) {
  SSL_CTX_set_default_passwd_cb(context, bulkhead_ssl_no_passphrase);
}

#endif
