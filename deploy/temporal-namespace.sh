#!/bin/sh
# PostgreSQL is the long record; Temporal keeps closed workflows three days for looking at them.
set -eu
until temporal operator cluster health; do sleep 2; done
temporal operator namespace describe -n "$NAMESPACE" > /dev/null 2>&1 ||
  temporal operator namespace create -n "$NAMESPACE" --retention 72h
