"""How to run each CalDAV server as Debian packages it: on loopback, on a free port, with all state in a folder of the run."""

import imaplib
import os
import pathlib
import pwd
import signal
import subprocess
import time

from server_process import CannotRun, Process, find_program, free_port, give_to, identity, wait_until

USERS = ("alice", "bob")
PASSWORD = "secret"


class Kind:
    """A server in `folder`. prepare() once, then start() and stop() in turns, on one port throughout."""

    root_path = "/"
    home_path = ""  # of alice
    username = "alice"
    password = PASSWORD

    def __init__(self, folder, smtp_port):
        self.folder = folder
        self.smtp_port = smtp_port
        self.port = free_port()
        self.processes = []

    def prepare(self):
        pass

    def start(self):
        raise NotImplementedError

    def stop(self):
        while self.processes:
            self.processes.pop().stop()

    def run(self, command, user=None, name="server", **more):
        process = Process(command, self.folder / f"{name}.log", user=user, **more)
        self.processes.append(process)
        return process

    def quickly(self, command, user=None, environment=None):
        """Runs a command to its end; its output matters only where it fails."""
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", **(environment or {})},
                              **(identity(user) if user else {}))
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {done.stdout[-2000:]} {done.stderr[-2000:]}")
        return done.stdout


class Radicale(Kind):
    home_path = "/alice/"

    def prepare(self):
        program = find_program("radicale")
        (self.folder / "users").write_text("".join(f"{user}:{PASSWORD}\n" for user in USERS))
        (self.folder / "config").write_text(f"""
[server]
hosts = 127.0.0.1:{self.port}
max_connections = 32
[auth]
type = htpasswd
htpasswd_filename = {self.folder}/users
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {self.folder}/storage
[web]
type = none
""")
        self.command = [program, "-C", self.folder / "config"]

    def start(self):
        self.run(self.command)


class Xandikos(Kind):
    """Has no authentication: every user name and password will do."""

    home_path = "/alice/calendars/"

    def prepare(self):
        self.command = [find_program("xandikos"), "-d", self.folder / "store", "--defaults", "--current-user-principal", "/alice/",
                        "-l", "127.0.0.1", "-p", self.port]

    def start(self):
        self.run(self.command, environment={"HOME": str(self.folder)})


class Davical(Kind):
    root_path = "/davical/caldav.php/"
    home_path = "/davical/caldav.php/alice/"

    def prepare(self):
        apache = find_program("apache2")
        binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        create = pathlib.Path("/usr/share/davical/dba/create-database.sh")
        modules = pathlib.Path("/usr/lib/apache2/modules")
        php = sorted(modules.glob("libphp*.so"))
        if not binaries or not create.exists() or not php:
            raise CannotRun("davical, postgresql or libapache2-mod-php is not installed")
        self.postgres = binaries[-1].parent / "postgres"
        self.database = self.folder / "pg"
        self.database.mkdir()
        give_to("postgres", self.database)
        self.quickly([binaries[-1], "-D", self.database / "data", "-A", "trust", "-U", "postgres", "--locale=C.UTF-8", "-E", "UTF8",
                      "--no-sync"], user="postgres")
        self._start_database()
        at = {"PGHOST": str(self.database), "PGUSER": "postgres"}
        self.quickly(["sh", create, "davical", PASSWORD], environment={**at, "DBAOPTS": f"--dbhost {self.database}"})
        for user in USERS:
            self.quickly(["psql", "-qX", "-v", "ON_ERROR_STOP=1", "davical", "-c",
                          "INSERT INTO dav_principal(username, password, fullname, email, email_ok, type_id, user_active, default_privileges)"
                          f" VALUES('{user}', '**{PASSWORD}', '{user}', '{user}@example.org', current_date, 1, true,"
                          " privilege_to_bits(ARRAY['DAV::read', 'CALDAV::schedule-deliver', 'CALDAV::schedule-send']))"], environment=at)
        self.stop()
        # DAViCal includes /etc/davical/<server name>-conf.php. A server name that climbs out of there keeps the run out of /etc.
        (self.folder / "prepend.php").write_text(f"<?php\n$_SERVER['SERVER_NAME'] = '../..{self.folder}/davical';\n")
        (self.folder / "davical-conf.php").write_text(
            f"<?php\n$_SERVER['SERVER_NAME'] = '127.0.0.1';\n$c->domain_name = '127.0.0.1';\n$c->admin_email = 'admin@example.org';\n"
            f"$c->pg_connect[] = 'host={self.database} dbname=davical user=davical_app';\n")
        loaded = "\n".join(f"LoadModule {name}_module {modules}/mod_{name}.so" for name in
                           ("mpm_prefork", "authz_core", "mime", "dir", "alias", "rewrite", "headers", "setenvif"))
        who = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
        (self.folder / "apache.conf").write_text(f"""
ServerRoot {self.folder}
PidFile {self.folder}/apache.pid
DefaultRuntimeDir {self.folder}
ErrorLog {self.folder}/apache-error.log
ServerName 127.0.0.1
Listen 127.0.0.1:{self.port}
TypesConfig /etc/mime.types
MaxKeepAliveRequests 0
{loaded}
LoadModule php_module {php[-1]}
{who}
<FilesMatch "\\.php$">
  SetHandler application/x-httpd-php
</FilesMatch>
php_admin_value auto_prepend_file {self.folder}/prepend.php
php_admin_value sendmail_path /bin/false
php_admin_value display_errors 0
Alias /davical /usr/share/davical/htdocs
<Directory /usr/share/davical/htdocs>
  Require all granted
</Directory>
RewriteEngine On
RewriteRule ^/\\.well-known/(.*)$ /davical/caldav.php/.well-known/$1 [NC,PT]
""")
        self.apache = [apache, "-f", self.folder / "apache.conf", "-DFOREGROUND"]

    def _start_database(self):
        # Reached through a socket in the folder alone. fsync guards against power failures, not against kill -9.
        self.run([self.postgres, "-D", self.database / "data", "-k", self.database, "-c", "listen_addresses=", "-c", "fsync=off"],
                 user="postgres", name="postgres", stop_signal=signal.SIGINT)
        wait_until(lambda: subprocess.run(["psql", "-qXAt", "-h", self.database, "-U", "postgres", "-c", "select 1", "postgres"],
                                          capture_output=True).returncode == 0, 30, "PostgreSQL's start")

    def start(self):
        self._start_database()
        # apache2 takes SIGTERM for "now"; its children run PHP and end with it.
        self.run(self.apache, name="apache")


class Cyrus(Kind):
    home_path = "/dav/calendars/user/alice/"

    def prepare(self):
        binaries = pathlib.Path("/usr/lib/cyrus/bin")
        if not (binaries / "httpd").exists():
            raise CannotRun("cyrus-caldav is not installed")
        saslpasswd = find_program("saslpasswd2")
        root = os.geteuid() == 0
        self.user = "cyrus" if root else pwd.getpwuid(os.geteuid()).pw_name
        self.imap_port = free_port()
        base = self.folder / "cyrus"
        for name in ("db", "user", "proc", "log", "msg", "quota", "ptclient", "socket"):
            (base / "conf" / name).mkdir(parents=True)
        (base / "spool").mkdir()
        (base / "run").mkdir()
        (base / "imapd.conf").write_text(f"""
configdirectory: {base}/conf
proc_path: {base}/run/proc
mboxname_lockpath: {base}/run/lock
defaultpartition: default
partition-default: {base}/spool
cyrus_user: {self.user}
admins: cyrus
altnamespace: no
unixhierarchysep: no
sievedir: {base}/sieve
notifysocket: {base}/run/notify
idlesocket: {base}/run/idle
lmtpsocket: {base}/run/lmtp
httpmodules: caldav
servername: localhost
calendar_user_address_set: example.org
defaultdomain: example.org
virtdomains: off
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {base}/sasldb2
sasl_mech_list: PLAIN
allowplaintext: yes
smtp_backend: host
smtp_host: 127.0.0.1:{self.smtp_port}
""")
        program = lambda name: f"{binaries}/{name} -C {base}/imapd.conf"
        (base / "cyrus.conf").write_text(f"""
START {{ recover cmd="{program('ctl_cyrusdb')} -r" }}
SERVICES {{
  imap cmd="{program('imapd')}" listen="127.0.0.1:{self.imap_port}" prefork=0
  http cmd="{program('httpd')}" listen="127.0.0.1:{self.port}" prefork=0
}}
EVENTS {{ checkpoint cmd="{program('ctl_cyrusdb')} -c" period=30 }}
""")
        for user in ("cyrus", *USERS):
            subprocess.run([saslpasswd, "-p", "-c", "-f", base / "sasldb2", "-u", "localhost", user], input=PASSWORD.encode(), check=True)
        give_to("cyrus", base)
        self.command = [binaries / "master", "-C", base / "imapd.conf", "-M", base / "cyrus.conf", "-p", base / "run/master.pid"]
        self.fresh = True

    def start(self):
        process = self.run(self.command, user=self.user, environment={"CYRUS_USER": self.user})
        if self.fresh:
            self._create_mailboxes(process)
            self.fresh = False

    def _create_mailboxes(self, process):
        deadline = time.monotonic() + 30
        while True:
            try:
                with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=10) as imap:
                    imap.login("cyrus", PASSWORD)
                    for user in USERS:
                        answer, why = imap.create(f"user.{user}")
                        if answer != "OK":
                            raise RuntimeError(f"Cyrus creates no mailbox: {why}")
                return
            except (OSError, imaplib.IMAP4.abort):
                if not process.running() or time.monotonic() > deadline:
                    log = (self.folder / "server.log").read_text(errors="replace")[-2000:]
                    if os.geteuid() != 0:
                        raise CannotRun(f"Cyrus does not start as the user {self.user}: {log}") from None
                    raise
                time.sleep(0.2)


KINDS = {"radicale": Radicale, "xandikos": Xandikos, "davical": Davical, "cyrus": Cyrus}
