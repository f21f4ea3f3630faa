# shellcheck shell=bash
# Child processes that end with the script that started them, however it ends. Sourced by lib.sh.
#
# Each child leads a session of its own, so that Ctrl-C reaches the script alone and
# the script ends its children in order; and each asks the kernel for a signal when
# the script dies, so that even `kill -9` leaves nothing behind.

# spawn SIGNAL COMMAND…: starts it in the background; it receives SIGNAL when the script
# dies. Sets SPAWNED to its process id, which is also its process group.
# File 9 is the services' lock (see services.sh): a child that outlives the script must not hold it.
spawn() {
  local signal=$1
  shift
  setsid -- setpriv --pdeathsig "$signal" -- "$@" 9>&- &
  SPAWNED=$!
}

# tied COMMAND…: runs it to its end, in the foreground. Bash handles a signal only between
# commands; while it waits for a spawned one, it handles it at once.
TIED=
tied() {
  local status=0
  spawn TERM "$@"
  TIED=$SPAWNED
  wait "$TIED" || status=$?
  TIED=
  return "$status"
}

# end_all SECONDS SIGNAL PID…: signals each group, waits, and kills what is still running.
end_all() {
  local pid tries=$(($1 * 20)) signal=$2
  shift 2
  for pid in "$@"; do
    # Signals the process alone, while it does not lead its group yet.
    kill -s "$signal" -- "-$pid" 2>/dev/null || kill -s "$signal" "$pid" 2>/dev/null || true
  done
  for pid in "$@"; do
    while kill -0 -- "-$pid" 2>/dev/null; do
      if ((tries-- <= 0)); then
        kill -s KILL -- "-$pid" 2>/dev/null || true
        break
      fi
      sleep 0.05
    done
  done
}

# at_exit FUNCTION: runs it once, whatever ends the script.
at_exit() {
  # shellcheck disable=SC2064 # the function's name is known now
  trap "
    status=\$?
    trap '' INT TERM HUP
    trap - EXIT
    [[ -z \$TIED ]] || end_all 10 TERM \"\$TIED\"
    $1 \"\$status\"
    exit \"\$status\"
  " EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  trap 'exit 129' HUP
}

# --- Ports -----------------------------------------------------------------
# Bash's own /dev/tcp, because a bare machine has neither curl nor nc.

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# need_ports HINT PORT…: fails with a sentence unless all are free. After a run is killed, its processes take
# a moment to end, so a taken port is probed several times.
need_ports() {
  local hint=$1 port tries
  shift
  for port in "$@"; do
    for ((tries = 0; tries < 30; tries++)); do
      port_taken "$port" || continue 2
      sleep 0.1
    done
    die "port $port of 127.0.0.1 is taken by another program; end it, or choose another: $hint"
  done
}

# free_ports COUNT: prints the first of COUNT free ports in a row, below the range from
# which the kernel takes ports for outgoing connections.
free_ports() {
  local base port
  while true; do
    base=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    for ((port = base; port < base + $1; port++)); do
      port_taken "$port" && continue 2
    done
    echo "$base"
    return
  done
}

# http_ok PORT PATH: whether GET answers 200.
http_ok() {
  # shellcheck disable=SC2016 # expanded by the inner bash
  timeout 2 bash -c '
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
    printf "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n" "$2" "$1" >&3
    read -r _ status _ <&3 && [[ $status == 200 ]]
  ' _ "$1" "$2" 2>/dev/null
}
