# registryd: `make run` serves a registry, `make test` tests it. Both install what is missing and ask nothing.

PREFIX = /usr/local
DESTDIR =
SYSCONFDIR = /etc
BENCHFLAGS =
LOADFLAGS =
SOAKFLAGS =
FUZZFLAGS = -max_total_time=60

RUN_TESTS = PATH="$(CURDIR)/.build/tools/bin:$$PATH" swift test --skip-build --disable-xctest
# What a registry does wherever its blobs are. Suites about files, those that name their own storage, those that run no
# server, those about several storages, and the long ones about access, of which storages know nothing, are left to the
# first run.
OVER_S3 = --filter '^EndToEndTests\.' \
    --skip '^EndToEndTests\.(Files|S3|ThirdParty|CommandLine|Access|Storage|Migrat|Adopt|Garbage|Model|Backup|Restore|Rebuild|Scrub|Fault|Limit)'

SWIFT_SOURCES = Package.swift Sources Tests Examples Fuzzing/Package.swift Fuzzing/Sources

.PHONY: help run build test bench bench-disk bench-s3 bench-gc bench-migrate load model soak fuzz sanitize lint format install uninstall clean

help:
	@echo 'make run         build in release mode and serve ./registryd-data on 127.0.0.1:5000'
	@echo 'make test        build and run every test'
	@echo 'make build       build in release mode: .build/release/registryd'
	@echo 'make bench       measure beside docker-registry, nginx and a program in C; files in memory (BENCHFLAGS=); and what access costs'
	@echo 'make bench-disk  the pushes again, with the files on the disk'
	@echo 'make bench-s3    measure over S3 beside docker-registry: requests, processor time, memory (BENCHFLAGS=)'
	@echo 'make bench-migrate  measure registryd migrate beside rclone copy to the same S3 server (BENCHFLAGS=)'
	@echo 'make load        many connections, slow clients, uploads to S3 that stall: memory and latency'
	@echo 'make model       thousands of random operations, collections, migrations and crashes, against a model (REGISTRYD_MODEL_SEED=)'
	@echo 'make soak        ten minutes of everything at once: no error, memory flat (SOAKFLAGS=)'
	@echo 'make fuzz        make up input for the parsers, a minute for each (FUZZ=xml for one, FUZZFLAGS=)'
	@echo 'make sanitize    the unit tests with the thread sanitizer, then with the address sanitizer'
	@echo 'make lint        check the formatting and the house rules'
	@echo 'make format      format the sources in place'
	@echo 'make install     install binary, systemd unit and example configuration (PREFIX=, DESTDIR=)'
	@echo 'make clean       remove what was built'

run: build
	exec .build/release/registryd serve --data ./registryd-data --listen 127.0.0.1:5000

# The Swift runtime goes into the binary, so that it runs on machines without a toolchain. That nobody changes what another
# is changing is proven by the compiler, or looked at in the debug builds that the tests run: to look at it here, too, would
# cost small requests a twentieth.
build:
	@scripts/install-dependencies build
	swift build -c release --static-swift-stdlib -Xswiftc -enforce-exclusivity=unchecked --product registryd

# One debug build for everything; the end-to-end tests start the binaries that it leaves in .build/debug.
#
# Everything once, with the blobs in files, and what a client sees again over each S3 server. In turns: those that talk to real
# servers give them ten seconds at times, which is not much where a thousand others begin in the same moment.
test:
	@scripts/install-dependencies build test
	@scripts/install-test-tools
	swift build --build-tests
	$(RUN_TESTS) --skip '^(StorageS3|EndToEnd)Tests\.'
	$(RUN_TESTS) --filter '^StorageS3Tests\.'
	$(RUN_TESTS) --filter '^EndToEndTests\.'
	@for server in rclone moto ceph; do \
	    echo "The HTTP suite, skopeo and podman, with the blobs on $$server:"; \
	    REGISTRYD_TEST_STORAGE=$$server $(RUN_TESTS) $(OVER_S3) || exit; \
	done

# What is measured is what `make install` installs: without symbols, which take a place in memory too.
SHIPPED = .build/bench/registryd
.PHONY: shipped
shipped: build
	@install -D -s -m 755 .build/release/registryd $(SHIPPED)

# In memory the rows compare work; on a disk the pushes show what durability costs.
bench: shipped
	@scripts/install-dependencies bench
	Benchmarks/bench --binary $(SHIPPED) $(BENCHFLAGS)
	Benchmarks/bench-access --binary $(SHIPPED)

bench-disk: shipped
	@scripts/install-dependencies bench
	Benchmarks/bench --binary $(SHIPPED) --dir .build/bench --only push-large,push-images $(BENCHFLAGS)

# Ceph comes with what the tests need.
bench-s3: shipped
	@scripts/install-dependencies test bench
	Benchmarks/bench-s3 --binary $(SHIPPED) $(BENCHFLAGS)

# rclone comes with the test tools, Ceph with what the tests need.
bench-migrate: shipped
	@scripts/install-dependencies test bench
	@scripts/install-test-tools
	Benchmarks/bench-migrate --binary $(SHIPPED) $(BENCHFLAGS)

# A million rows, a thousand of them garbage.
bench-gc: shipped
	@scripts/install-dependencies bench
	Benchmarks/bench-gc --binary $(SHIPPED)

load: shipped
	@scripts/install-dependencies bench test
	Benchmarks/load --binary $(SHIPPED) $(LOADFLAGS)

# Some minutes; `make test` has a short run of it. REGISTRYD_MODEL_SEED=… repeats one.
MODEL_OPERATIONS = 20000
model:
	@scripts/install-dependencies build test
	@scripts/install-test-tools
	swift build --build-tests
	REGISTRYD_MODEL_OPERATIONS=$(MODEL_OPERATIONS) $(RUN_TESTS) --filter '^EndToEndTests\.ModelTests'

# rclone comes with the test tools.
soak: shipped
	@scripts/install-dependencies test bench
	@scripts/install-test-tools
	Benchmarks/soak --binary $(SHIPPED) $(SOAKFLAGS)

# libFuzzer (https://llvm.org/docs/LibFuzzer.html) stops at the first input that breaks a rule and keeps it in
# .build-fuzz/crashes, if Swift's own handler of crashes is not before it; once that is mended the input belongs into
# Fuzzing/Corpus, whose files are a unit test. With the versions of everything that the server is built with.
FUZZ = route range content-range manifest token xml configuration
fuzz:
	@scripts/install-dependencies build
	@test ! -e Package.resolved || cp Package.resolved Fuzzing/Package.resolved
	swift build --package-path Fuzzing --scratch-path .build-fuzz --sanitize fuzzer
	@mkdir -p .build-fuzz/crashes
	@for target in $(FUZZ); do \
	    echo "Fuzzing $$target:"; \
	    mkdir -p .build-fuzz/corpus/$$target; \
	    SWIFT_BACKTRACE=enable=no REGISTRYD_FUZZ=$$target .build-fuzz/debug/fuzz -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
	        -artifact_prefix=.build-fuzz/crashes/$$target- $(FUZZFLAGS) \
	        .build-fuzz/corpus/$$target Fuzzing/Corpus/$$target || exit; \
	done

# Everything is built anew for each of the two. The end-to-end tests would only watch themselves: the server is another
# process. Leaks are not looked for: Swift keeps pointers in fewer bits than the detector knows to look for.
SANITIZED = --no-parallel --disable-xctest --skip '^EndToEndTests\.'
SUPPRESSIONS = $(CURDIR)/Tests/thread-sanitizer.txt
sanitize:
	@scripts/install-dependencies build test
	@scripts/install-test-tools
	@for sanitizer in thread address; do \
	    echo "The unit tests, with the $$sanitizer sanitizer:"; \
	    swift build --build-tests --sanitize $$sanitizer --scratch-path .build-$$sanitizer || exit; \
	    PATH="$(CURDIR)/.build/tools/bin:$$PATH" TSAN_OPTIONS='suppressions=$(SUPPRESSIONS)' ASAN_OPTIONS=detect_leaks=0 \
	    swift test --skip-build --sanitize $$sanitizer --scratch-path .build-$$sanitizer $(SANITIZED) \
	        || exit; \
	done

lint:
	@scripts/install-dependencies build lint
	swift format lint --strict --parallel --recursive $(SWIFT_SOURCES)
	scripts/lint

format:
	@scripts/install-dependencies build
	swift format --in-place --parallel --recursive $(SWIFT_SOURCES)

# Builds only what is not built, as root's PATH may have no Swift: `make build`, then `sudo make install`.
.build/release/registryd: Package.swift $(shell find Sources -name '*.swift' -o -name '*.[ch]')
	$(MAKE) build

# Without its symbols, which are half of it. An existing configuration stays as it is; the example beside it is always
# the one of this release.
install: .build/release/registryd
	install -D -s -m 755 .build/release/registryd '$(DESTDIR)$(PREFIX)/bin/registryd'
	install -d '$(DESTDIR)$(PREFIX)/lib/systemd/system' '$(DESTDIR)$(PREFIX)/lib/sysusers.d'
	sed 's|@PREFIX@|$(PREFIX)|g; s|@SYSCONFDIR@|$(SYSCONFDIR)|g' packaging/registryd.service \
	    > '$(DESTDIR)$(PREFIX)/lib/systemd/system/registryd.service'
	chmod 644 '$(DESTDIR)$(PREFIX)/lib/systemd/system/registryd.service'
	install -m 644 packaging/registryd.sysusers '$(DESTDIR)$(PREFIX)/lib/sysusers.d/registryd.conf'
	install -D -m 644 packaging/registryd.yaml '$(DESTDIR)$(PREFIX)/share/doc/registryd/registryd.yaml'
	test -e '$(DESTDIR)$(SYSCONFDIR)/registryd/registryd.yaml' || \
	    install -D -m 644 packaging/registryd.yaml '$(DESTDIR)$(SYSCONFDIR)/registryd/registryd.yaml'
	@test -n '$(DESTDIR)' || echo 'Now: systemd-sysusers && systemctl daemon-reload && systemctl enable --now registryd'

# Leaves the configuration and the data.
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/registryd' '$(DESTDIR)$(PREFIX)/lib/systemd/system/registryd.service' \
	    '$(DESTDIR)$(PREFIX)/lib/sysusers.d/registryd.conf' '$(DESTDIR)$(PREFIX)/share/doc/registryd/registryd.yaml'

clean:
	swift package clean
	rm -rf .build/bench .build-fuzz .build-thread .build-address Benchmarks/harness/__pycache__
