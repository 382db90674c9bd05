/// What `registryd config default` prints: every key with its default, and what it is for.
let defaultConfiguration = #"""
    # registryd's configuration. What is commented out is the default, or an example where there is none.
    # ${NAME} in a value takes an environment variable (in quotes within { } and [ ]), $$ is a dollar sign.
    # Sizes: 16MiB, 4MB, 1GiB, plain bytes. Times: 250ms, 15s, 30m, 24h, 90d.
    # SIGHUP makes a running server read this file again.

    # Everything the server keeps, unless it is told otherwise below.
    #data: ./registryd-data

    http:
      # [::]:443 and several work. Port 0 takes a free one; the log says which.
      listen: ["127.0.0.1:5000"]
      # /healthz, /readyz and /metrics; off when absent.
      #admin-listen: 127.0.0.1:5001
      # Scheme and host that clients reach the server by: Location headers are whole URLs then; relative when absent.
      #public-url: https://registry.example.com
      # Proxies whose X-Forwarded-For is believed.
      trusted-proxies: []
      # PEM files. A renewed certificate is taken up by itself within 10 s, and at once with SIGHUP.
      # client-ca (optional): clients may show certificates of these authorities; see access.certificates.
      #tls: { certificate: cert.pem, key: key.pem, client-ca: ca.pem }

    # An SQLite file; default: registry.db in the data folder.
    #metadata: { url: "sqlite:///var/lib/registryd/registry.db" }

    # Where blobs are. Default: the folder blobs in the data folder. A reload takes up other backends and another active one; a
    # backend whose section has changed goes on as it was until a restart.
    #storage:
    #  active: disk                  # where new blobs go; the others are still read
    #  backends:
    #    disk: { driver: fs, root: /var/lib/registryd/blobs }

    # Who may do what. Without this section everybody on this machine may do everything, and nobody else may anything. With
    # it, users log in: registryd user add.
    #access:
    #  anonymous: none               # pull: those who do not log in may pull public repositories; push: they may do
    #                                # everything, wherever they come from: for trusted networks
    #  repositories: create-on-push  # must-exist: only registryd repo create makes repositories
    #  realm: registry.example.com   # what clients show to those who log in; default: the host of http.public-url
    #  tokens: { enabled: true, lifetime: 5m }     # Docker's token protocol; with false, Basic alone
    #  htpasswd: /etc/registryd/htpasswd           # more users: bcrypt lines; read again when it changes
    #  issuers: [{ issuer: "https://gitlab.example.com", jwks-file: /etc/registryd/gitlab.jwks }]
    #  certificates: subject-cn      # a client's certificate stands for the user that its subject's CN names

    limits:
      manifest-size: 4MiB
      blob-size: 0                    # 0: no limit
      uploads-per-user: 100           # open at once; 0: no limit
      upload-idle: 30m                # how long an upload may be left alone before it is dropped
      upload-memory: 256MiB           # of all uploads together, before they wait for each other
      connections: 10000
      header-timeout: 15s
      idle-timeout: 2m

    manifests:
      missing-references: reject      # allow: take manifests whose blobs are not here (sparse images)

    gc:
      interval: 1h                    # how often the server looks for what nobody needs; never: registryd gc does it
      grace: 24h                      # how long a blob that no manifest needs is kept after its last use
      untagged: never                 # how long manifests without a tag are kept, as 30d

    # With true pulls go on, pushes and deletes are refused, and nothing is collected or removed.
    read-only: false

    backup:
      interval: 24h                   # how often the server makes a snapshot of its database; never: registryd backup does it
      keep: 7                         # older ones in the same place are deleted
      to: active                      # the active backend, another one by its name, or a folder's path

    log:
      level: info                     # trace, debug, info, notice, warning, error, critical
      format: text                    # json

    """#
