"""Reporting: tables, figures, progress and `report.html`. Import the module that you need."""
