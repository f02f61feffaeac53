# What selectord needs of a Vault, and nothing more, for "mount: dkim" and "path: keys/{fingerprint}", which are the defaults.
#   vault policy write selectord selectord.hcl
# There is no "update" on data: a key can be written where there is none, and can never be overwritten.

path "dkim/data/keys/*" {
  capabilities = ["create", "read"]
}

path "dkim/metadata/keys/*" {
  capabilities = ["list", "delete"]
}

path "dkim/destroy/keys/*" {
  capabilities = ["update"]
}

# To see whether the mount demands check-and-set of everybody (cas_required). Without it selectord says that it cannot see it.
path "dkim/config" {
  capabilities = ["read"]
}

# To look after its own token. The policy "default" allows it too; with this it is not needed.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}

path "auth/token/revoke-self" {
  capabilities = ["update"]
}
